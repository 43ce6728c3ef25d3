// @ts-check
/**
 * One peer library in a process of its own, on raw frames in memory: its decoding costs nothing here, ours does.
 * Arguments: peer, file of rgb24 frames, width, height, frames to measure. Prints one line of JSON.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
/** @param {string} name */
const folderOf = (name) => {
  // Not every package lets its package.json be resolved; all of them lie in a folder of their name.
  for (const base of require.resolve.paths(name) ?? []) {
    try {
      readFileSync(join(base, name, 'package.json'));
      return join(base, name);
    } catch {
      continue;
    }
  }
  throw new Error(`${name} is not installed`);
};
const wasmFolder = join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')), '../wasm-out/');

/**
 * @typedef {object} Peer
 * @property {string} version
 * @property {string} backend
 * @property {(pixels: Uint8Array, width: number, height: number) => Promise<{ faces: number, landmarks: number, embedding: number }>} process
 */

/** @param {'ssd' | 'tiny'} detector @returns {Promise<Peer>} */
async function faceApi(detector) {
  const tf = require('@tensorflow/tfjs');
  const wasm = require('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(wasmFolder);
  await tf.setBackend('wasm');
  await tf.ready();
  const folder = folderOf('@vladmandic/face-api');
  const faceapi = require(join(folder, 'dist/face-api.node-wasm.js'));
  const models = join(folder, 'model');
  const net = detector === 'ssd' ? faceapi.nets.ssdMobilenetv1 : faceapi.nets.tinyFaceDetector;
  await net.loadFromDisk(models);
  await faceapi.nets.faceLandmark68Net.loadFromDisk(models);
  await faceapi.nets.faceRecognitionNet.loadFromDisk(models);
  const options =
    detector === 'ssd' ? new faceapi.SsdMobilenetv1Options() : new faceapi.TinyFaceDetectorOptions();
  return {
    version: String(faceapi.version.faceapi ?? faceapi.version),
    backend: tf.getBackend(),
    process: async (pixels, width, height) => {
      const tensor = tf.tensor3d(Int32Array.from(pixels), [height, width, 3], 'int32');
      try {
        const found = await faceapi.detectAllFaces(tensor, options).withFaceLandmarks().withFaceDescriptors();
        return {
          faces: found.length,
          landmarks: found[0]?.landmarks.positions.length ?? 0,
          embedding: found[0]?.descriptor.length ?? 0,
        };
      } finally {
        tf.dispose(tensor);
      }
    },
  };
}

/** @returns {Promise<Peer & { close: () => void }>} */
async function human() {
  const folder = folderOf('@vladmandic/human');
  // It fetches its models by URL only.
  const server = createServer((request, response) => {
    try {
      response.end(readFileSync(join(folder, 'models', new URL(request.url ?? '/', 'http://x').pathname)));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const { Human } = require(join(folder, 'dist/human.node-wasm.js'));
  const off = { enabled: false };
  const instance = new Human({
    debug: false,
    backend: 'wasm',
    wasmPath: wasmFolder,
    modelBasePath: `http://127.0.0.1:${address.port}/`,
    // Every frame anew, as the others do it.
    cacheSensitivity: 0,
    filter: off,
    gesture: off,
    body: off,
    hand: off,
    object: off,
    segmentation: off,
    face: {
      enabled: true,
      detector: { enabled: true, maxDetected: 10, skipFrames: 0, skipTime: 0, rotation: false },
      mesh: { enabled: true },
      description: { enabled: true, skipFrames: 0, skipTime: 0 },
      iris: off,
      emotion: off,
      antispoof: off,
      liveness: off,
    },
  });
  await instance.load();
  return {
    version: instance.version,
    backend: instance.tf.getBackend(),
    process: async (pixels, width, height) => {
      const tensor = instance.tf.tensor4d(Int32Array.from(pixels), [1, height, width, 3], 'int32');
      try {
        const { face } = await instance.detect(tensor);
        return {
          faces: face.length,
          landmarks: face[0]?.mesh?.length ?? 0,
          embedding: face[0]?.embedding?.length ?? 0,
        };
      } finally {
        instance.tf.dispose(tensor);
      }
    },
    close: () => server.close(),
  };
}

const [name, file, widthText, heightText, framesText] = process.argv.slice(2);
const [width, height, frames] = [widthText, heightText, framesText].map(Number);
const peer = name === 'human' ? await human() : await faceApi(name === 'face-api-ssd' ? 'ssd' : 'tiny');
const bytes = readFileSync(file);
const length = width * height * 3;
const count = Math.floor(bytes.length / length);
/** @param {number} i */
const frame = (i) => bytes.subarray((i % count) * length, ((i % count) + 1) * length);
const WARM_UP = 3;
for (let i = 0; i < WARM_UP; i++) await peer.process(frame(i), width, height);
const times = [];
let faces = 0;
let last = { faces: 0, landmarks: 0, embedding: 0 };
for (let i = 0; i < frames; i++) {
  const started = performance.now();
  last = await peer.process(frame(i * 7), width, height);
  times.push(performance.now() - started);
  faces += last.faces;
}
times.sort((a, b) => a - b);
const { version, backend } = peer;
process.stdout.write(
  `${JSON.stringify({ version, backend, medianMs: times[Math.floor(frames / 2)], faces: faces / frames, last })}\n`,
);
if ('close' in peer && typeof peer.close === 'function') peer.close();
process.exit(0);
