import type { Detection } from '@fr-stream/core';
import { randomFrom, type Random } from './random.js';
import { faceBox, visibility } from './truth.js';
import type { Placement, Scene, StagedFrame } from './scene.js';

export interface SimulationOptions {
  /** Share of clearly visible faces that the detector misses. Default 0.05. */
  readonly dropout?: number;
  /** Standard deviation of box edges in box sizes. Default 0.04. */
  readonly noise?: number;
  /** False detections per frame. Default 0.05. */
  readonly falsePositives?: number;
  /** Mean cosine similarity of two clear pictures of one person. Default 0.6. */
  readonly similarity?: number;
  readonly seed?: number;
}

/** A detection with what an embedder would say of it. */
export interface SimulatedFace {
  readonly detection: Detection;
  readonly embedding: Float32Array;
  /** 0..1 */
  readonly quality: number;
}

const DIMENSIONS = 128;

/**
 * What an imperfect detector and embedder would report: boxes jitter, faces are missed, the more so the less of
 * them is visible, scores fall with visibility, and a face half hidden by another looks a little like it.
 */
export function simulateDetections(
  scene: Scene,
  frames: readonly StagedFrame[],
  options: SimulationOptions = {},
): SimulatedFace[][] {
  const { dropout = 0.05, noise = 0.04, falsePositives = 0.05, similarity = 0.6, seed = 1 } = options;
  const random = randomFrom(seed * 7919 + scene.seed);
  const personOf = new Map(scene.actors.map(({ id }) => [id, unit(random, DIMENSIONS)]));
  const nobody = new Float32Array(DIMENSIONS);
  return frames.map((frame) => {
    const found = frame.faces.flatMap((face): SimulatedFace[] => {
      const visible = visibility(scene, frame, face);
      const chance = Math.min(1, Math.max(0, (visible - 0.3) / 0.3)) * (1 - dropout);
      const lot = random();
      const score = clamp(0.35 + 0.6 * visible + 0.05 * random.normal(), 0.15, 0.99);
      const box = jitter(faceBox(face), noise * (2 - visible), random);
      const blocker = visible < 0.9 ? nearest(frame, face) : undefined;
      const truth = personOf.get(face.actor.id) ?? nobody;
      const other = (blocker && personOf.get(blocker.actor.id)) ?? nobody;
      const embedding = picture(truth, other, 1 - visible, similarity, random);
      return lot < chance ? [{ detection: { box, score }, embedding, quality: clamp(visible, 0, 1) }] : [];
    });
    if (random() < falsePositives) {
      const side = random.between(0.08, 0.2) * scene.height;
      const box = {
        x: random() * (scene.width - side),
        y: random() * (scene.height - side),
        width: side * 0.8,
        height: side,
      };
      found.push({
        detection: { box, score: random.between(0.3, 0.75) },
        embedding: unit(random, DIMENSIONS),
        quality: 0.3,
      });
    }
    return found.sort((a, b) => b.detection.score - a.detection.score);
  });
}

/** Two pictures of one person with independent noise have cosine `similarity`, on average, if nothing is hidden. */
function picture(
  truth: Float32Array,
  other: Float32Array,
  hidden: number,
  similarity: number,
  random: Random,
): Float32Array {
  const own = Math.sqrt(similarity) * (1 - hidden);
  const spread = Math.sqrt((1 - similarity) / DIMENSIONS) * (1 + hidden);
  return normalise(truth.map((value, i) => own * value + 0.5 * hidden * other[i] + spread * random.normal()));
}

function jitter(box: Detection['box'], noise: number, random: Random): Detection['box'] {
  const width = box.width * Math.exp(noise * random.normal());
  const height = box.height * Math.exp(noise * random.normal());
  const x = box.x + box.width / 2 + noise * box.width * random.normal();
  const y = box.y + box.height / 2 + noise * box.height * random.normal();
  return { x: x - width / 2, y: y - height / 2, width, height };
}

function nearest(frame: StagedFrame, face: Placement): Placement | undefined {
  return frame.faces
    .filter((other) => other !== face && Math.hypot(other.x - face.x, other.y - face.y) < face.size)
    .sort((a, b) => Math.hypot(a.x - face.x, a.y - face.y) - Math.hypot(b.x - face.x, b.y - face.y))[0];
}

function unit(random: Random, size: number): Float32Array {
  return normalise(Float32Array.from({ length: size }, () => random.normal()));
}

function normalise(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / length);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
