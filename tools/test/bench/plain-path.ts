import {
  ALIGNMENT_TEMPLATES,
  detectorDecoder,
  letterbox,
  nonMaximumSuppression,
  similarityTransform,
  toFivePoints,
  toRgb24,
  type Affine,
  type Detection,
  type Image,
} from '@fr-stream/core';
import { NodeModelStore } from '@fr-stream/backend-node';
import { DEFAULT_CHAIN } from '@fr-stream/models';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
// The runtime's own module, behind the switch that keeps it from sending telemetry.
import { onnxruntime } from '@fr-stream/backend-node';

export interface PlainFace {
  readonly detection: Detection;
  readonly embedding: Float32Array;
}

/** Mean of n x n bilinear samples around a place in an rgb24 image; black outside (`edge`: the edge repeated). */
function sample(
  { data, width, height }: Image,
  places: readonly (readonly [number, number])[],
  edge: boolean,
): [number, number, number] {
  const at = (x: number, y: number, c: number): number => {
    if (edge) {
      const cx = Math.min(Math.max(x, 0), width - 1);
      return data[(Math.min(Math.max(y, 0), height - 1) * width + cx) * 3 + c];
    }
    return x < 0 || y < 0 || x >= width || y >= height ? 0 : data[(y * width + x) * 3 + c];
  };
  const mean = (c: number): number => {
    let sum = 0;
    for (const [x, y] of places) {
      const [x0, y0] = [Math.floor(x), Math.floor(y)];
      const [fx, fy] = [x - x0, y - y0];
      sum +=
        (at(x0, y0, c) * (1 - fx) + at(x0 + 1, y0, c) * fx) * (1 - fy) +
        (at(x0, y0 + 1, c) * (1 - fx) + at(x0 + 1, y0 + 1, c) * fx) * fy;
    }
    return sum / places.length;
  };
  return [mean(0), mean(1), mean(2)];
}

/** A region scaled to width x height: every source pixel that an output pixel covers is looked at. */
function scaled(
  image: Image,
  region: { x: number; y: number; width: number; height: number },
  width: number,
  height: number,
): Float32Array {
  const out = new Float32Array(width * height * 3);
  const [rx, ry] = [region.width / width, region.height / height];
  const parts = (ratio: number): number => (ratio <= 2 ? 1 : Math.ceil(ratio));
  const [nx, ny] = [parts(rx), parts(ry)];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const places = Array.from({ length: nx * ny }, (_, s): [number, number] => [
        region.x + (x + ((s % nx) + 0.5) / nx) * rx - 0.5,
        region.y + (y + (Math.floor(s / nx) + 0.5) / ny) * ry - 0.5,
      ]);
      out.set(sample(image, places, true), (y * width + x) * 3);
    }
  }
  return out;
}

function warped(image: Image, [a, b, tx, c, d, ty]: Affine, width: number, height: number): Float32Array {
  const det = a * d - b * c;
  const n = Math.max(1, Math.round(1 / Math.sqrt(Math.abs(det)) / 1.5));
  const out = new Float32Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const places = Array.from({ length: n * n }, (_, s): [number, number] => {
        const px = x + ((s % n) + 0.5) / n - 0.5 - tx;
        const py = y + (Math.floor(s / n) + 0.5) / n - 0.5 - ty;
        return [(d * px - b * py) / det, (a * py - c * px) / det];
      });
      out.set(sample(image, places, false).map(Math.round), (y * width + x) * 3);
    }
  }
  return out;
}

function planar(pixels: Float32Array, order: readonly number[], mean: number, std: number): Float32Array {
  const count = pixels.length / 3;
  const out = new Float32Array(pixels.length);
  order.forEach((channel, c) => {
    for (let i = 0; i < count; i++) out[c * count + i] = (pixels[i * 3 + channel] - mean) / std;
  });
  return out;
}

/**
 * The default chain written down as plainly as can be: whole pictures converted to RGB, one pixel at a time, the
 * model files as published, on the calling thread, one run after the other. Slow.
 */
export class PlainPath {
  readonly #sessions: ReadonlyMap<string, InferenceSession>;

  private constructor(sessions: ReadonlyMap<string, InferenceSession>) {
    this.#sessions = sessions;
  }

  static async load(): Promise<PlainPath> {
    const store = new NodeModelStore();
    const sessions = new Map<string, InferenceSession>();
    for (const card of Object.values(DEFAULT_CHAIN)) {
      sessions.set(
        card.id,
        await onnxruntime().InferenceSession.create(await store.bytes(card), { logSeverityLevel: 3 }),
      );
    }
    return new PlainPath(sessions);
  }

  async #run(id: string, data: Float32Array, dims: number[]): Promise<Record<string, Tensor>> {
    const session = this.#sessions.get(id);
    if (session === undefined) throw new Error(`${id} is not loaded`);
    return session.run({ [session.inputNames[0]]: new (onnxruntime().Tensor)('float32', data, dims) });
  }

  async faces(frame: Image): Promise<PlainFace[]> {
    const image = toRgb24(frame);
    const { detector, landmarker, embedder } = DEFAULT_CHAIN;
    const { width, height } = detector.input;
    const fit = letterbox(image.width, image.height, width, height);
    const whole = { x: 0, y: 0, width: image.width, height: image.height };
    const content = scaled(image, whole, fit.contentWidth, fit.contentHeight);
    const pixels = new Float32Array(width * height * 3).fill(detector.input.padding ?? 0);
    for (let y = 0; y < fit.contentHeight; y++) {
      const row = content.subarray(y * fit.contentWidth * 3, (y + 1) * fit.contentWidth * 3);
      pixels.set(row, y * width * 3);
    }
    const outputs = await this.#run(
      detector.id,
      planar(pixels, [0, 1, 2], detector.input.mean[0], detector.input.std[0]),
      [1, 3, height, width],
    );
    const tensors = Object.fromEntries(
      Object.entries(outputs).map(([name, { data, dims }]) => [
        name,
        { type: 'float32' as const, data: data as Float32Array, dims },
      ]),
    );
    const candidates = detectorDecoder(detector.decode)(tensors, {
      batchIndex: 0,
      batchSize: 1,
      inputWidth: width,
      inputHeight: height,
      scoreThreshold: detector.thresholds.score,
    });
    const faces: PlainFace[] = [];
    for (const { box: found, score } of nonMaximumSuppression(candidates, detector.thresholds.nms)) {
      const box = {
        x: found.x / fit.scaleX,
        y: found.y / fit.scaleY,
        width: found.width / fit.scaleX,
        height: found.height / fit.scaleY,
      };
      const side = landmarker.input.width;
      const crop = scaled(image, box, side, side);
      const luma = Float32Array.from({ length: side * side }, (_, i) => {
        const [red, green, blue] = crop.subarray(i * 3, i * 3 + 3);
        return (0.299 * red + 0.587 * green + 0.114 * blue) / landmarker.input.std[0];
      });
      const marks = Object.values(await this.#run(landmarker.id, luma, [1, 1, side, side]))[0].data;
      const points = Array.from({ length: 68 }, (_, k) => ({
        x: box.x + Number(marks[k * 2]) * box.width,
        y: box.y + Number(marks[k * 2 + 1]) * box.height,
      }));
      const landmarks = { scheme: '68' as const, points };
      const template = ALIGNMENT_TEMPLATES.get(embedder.decode.template);
      if (template === undefined) throw new Error('no such template');
      const transform = similarityTransform(toFivePoints(landmarks), template.points);
      const face = warped(image, transform, template.width, template.height);
      const input = planar(face, [2, 1, 0], embedder.input.mean[0], embedder.input.std[0]);
      const dims = [1, 3, template.height, template.width];
      const embedding = Object.values(await this.#run(embedder.id, input, dims))[0].data as Float32Array;
      faces.push({ detection: { box, score, landmarks }, embedding: embedding.slice() });
    }
    return faces;
  }
}
