import type { Detection, FaceQuality } from '../contracts/face.js';

/** What a face must fulfil to be used; what is not given is not asked. Units as in `FaceQuality`. */
export interface QualityGates {
  readonly minQuality?: number;
  readonly minSize?: number;
  readonly minSharpness?: number;
  /** Most turn of the head to either side, 0..1. */
  readonly maxYaw?: number;
  /** Most turn of the head up or down, degrees. */
  readonly maxPitch?: number;
  /** Most rotation in the picture to either side, degrees. */
  readonly maxRoll?: number;
  /** Of the detector, 0..1. */
  readonly minScore?: number;
  /** Of the embedding before normalisation. Its scale is the embedder's own, and so is whether it tells anything. */
  readonly minNorm?: number;
}

/** The gates among a command's other options. */
export function gatesOf(options: QualityGates): QualityGates {
  const gates: { -readonly [Gate in keyof QualityGates]: QualityGates[Gate] } = {};
  for (const gate of GATES) if (options[gate] !== undefined) gates[gate] = options[gate];
  return gates;
}

const GATES = [
  'minQuality',
  'minSize',
  'minSharpness',
  'maxYaw',
  'maxPitch',
  'maxRoll',
  'minScore',
  'minNorm',
] as const satisfies readonly (keyof QualityGates)[];

export interface GatedFace {
  readonly detection: Detection;
  readonly quality: FaceQuality;
  readonly norm?: number;
}

/** The first gate that a face fails, in words such as `sharpness 12 < 40`; undefined when it passes all. */
export function failedGate({ detection, quality, norm }: GatedFace, gates: QualityGates): string | undefined {
  const least = (what: string, value: number, limit: number | undefined, digits: number) =>
    limit !== undefined && value < limit ? `${what} ${value.toFixed(digits)} < ${limit}` : undefined;
  const most = (what: string, value: number, limit: number | undefined, digits: number) =>
    limit !== undefined && value > limit ? `${what} ${value.toFixed(digits)} > ${limit}` : undefined;
  return (
    least('quality', quality.overall, gates.minQuality, 2) ??
    least('size', quality.size, gates.minSize, 0) ??
    least('sharpness', quality.sharpness, gates.minSharpness, 0) ??
    most('yaw', Math.abs(quality.yaw), gates.maxYaw, 2) ??
    most('pitch', Math.abs(quality.pitch), gates.maxPitch, 0) ??
    most('roll', Math.abs(quality.roll), gates.maxRoll, 0) ??
    least('score', detection.score, gates.minScore, 2) ??
    (norm === undefined ? undefined : least('norm', norm, gates.minNorm, 1))
  );
}
