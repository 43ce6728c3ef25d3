import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { compileFunction } from 'node:vm';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

/** The parts of face-api's own code that tests compare with. */
export interface FaceApi {
  readonly FaceRecognitionNet: new () => Net;
  readonly FaceLandmark68Net: new () => Net;
  readonly FaceLandmark68TinyNet: new () => Net;
  readonly TinyFaceDetector: new () => BoxNet;
  readonly SsdMobilenetv1: new () => SsdNet;
  toNetInput(image: tf.Tensor3D): Promise<object>;
}

interface Loadable {
  loadFromWeightMap(weights: Readonly<Record<string, tf.Tensor>>): void;
}
interface Net extends Loadable {
  forward(input: object): Promise<tf.Tensor>;
}
interface BoxNet extends Loadable {
  forward(input: object, side: number): Promise<tf.Tensor>;
  extractBoxes(
    output: tf.Tensor,
    dimensions: { readonly width: number; readonly height: number },
    scoreThreshold: number,
  ): Promise<readonly { readonly score: number; readonly box: Corners }[]>;
}
interface Corners {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}
interface SsdNet extends Loadable {
  forward(
    input: object,
  ): Promise<{ readonly boxes: readonly tf.Tensor[]; readonly scores: readonly tf.Tensor[] }>;
}

/** Evaluates face-api's published bundle on this package's TensorFlow.js. */
export async function loadFaceApi(source: string): Promise<FaceApi> {
  // Plain JavaScript takes most of a minute for the largest net.
  setWasmPaths(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  if (!(await tf.setBackend('wasm'))) throw new Error('no WebAssembly backend of TensorFlow.js');
  addChainedOperations();
  const module: { exports: unknown } = { exports: {} };
  compileFunction(source, ['module', 'exports', 'require'])(module, module.exports, (name: string) =>
    name === '@tensorflow/tfjs' ? tf : {},
  );
  const { exports } = module;
  if (!isFaceApi(exports)) throw new TypeError('not the bundle of face-api');
  // face-api asks an environment for picture classes even when it is given tensors.
  exports.env.setEnv({
    Canvas: class {},
    CanvasRenderingContext2D: class {},
    Image: class {},
    ImageData: class {},
    Video: class {},
    createCanvasElement: () => ({}),
    createImageElement: () => ({}),
    createVideoElement: () => ({}),
    fetch: () => undefined,
    readFile: () => undefined,
  });
  return exports;
}

function isFaceApi(value: unknown): value is FaceApi & { readonly env: { setEnv(env: object): void } } {
  return typeof value === 'object' && value !== null && 'FaceRecognitionNet' in value && 'env' in value;
}

/** `tensor.add(x)` for `tf.add(tensor, x)`: the union package has these, the core package does not. */
function addChainedOperations(): void {
  const define = (name: string, operation: (self: tf.Tensor, ...rest: never[]) => tf.Tensor) => {
    if (name in tf.Tensor.prototype) return;
    Object.defineProperty(tf.Tensor.prototype, name, {
      value(this: tf.Tensor, ...rest: never[]) {
        return operation(this, ...rest);
      },
    });
  };
  define('add', (x, y: tf.Tensor) => tf.add(x, y));
  define('sub', (x, y: tf.Tensor) => tf.sub(x, y));
  define('mul', (x, y: tf.Tensor) => tf.mul(x, y));
  define('div', (x, y: tf.Tensor) => tf.div(x, y));
  define('mean', (x, axes: number[]) => tf.mean(x, axes));
  define('expandDims', (x, axis: number) => tf.expandDims(x, axis));
  define('slice', (x, begin: number[], size: number[]) => tf.slice(x, begin, size));
  define('reshape', (x, shape: number[]) => tf.reshape(x, shape));
  define('as1D', (x) => tf.reshape(x, [-1]));
  define('as2D', (x, a: number, b: number) => tf.reshape(x, [a, b]));
  define('as3D', (x, a: number, b: number, c: number) => tf.reshape(x, [a, b, c]));
  define('as4D', (x, a: number, b: number, c: number, d: number) => tf.reshape(x, [a, b, c, d]));
}
