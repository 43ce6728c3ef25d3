import * as faceapi from '@vladmandic/face-api';
import type { Contender } from '../contender.js';

interface Tfjs {
  setWasmPaths(folder: string): void;
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  getBackend(): string;
}

export async function faceApi(detector: 'tiny' | 'ssd'): Promise<Contender> {
  const tf = faceapi.tf as unknown as Tfjs;
  tf.setWasmPaths('/peers/wasm/');
  await tf.setBackend('wasm');
  await tf.ready();
  const models = '/peers/face-api';
  const { nets } = faceapi;
  await (detector === 'tiny' ? nets.tinyFaceDetector : nets.ssdMobilenetv1).loadFromUri(models);
  await nets.faceLandmark68Net.loadFromUri(models);
  await nets.faceRecognitionNet.loadFromUri(models);
  const options =
    detector === 'tiny' ? new faceapi.TinyFaceDetectorOptions() : new faceapi.SsdMobilenetv1Options();
  return {
    runtime: `tfjs ${tf.getBackend()}`,
    prepare:
      async ({ canvas }) =>
      async () => {
        const faces = await faceapi.detectAllFaces(canvas, options).withFaceLandmarks().withFaceDescriptors();
        return { faces: faces.length, embedded: faces.length };
      },
  };
}
