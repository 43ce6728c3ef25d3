import type { Candidate, Face, FaceQuality, Identity } from '../contracts/face.js';
import type { FrStreamError } from '../errors.js';

/** Version of the lines' shape, described by `schema/events.schema.json` of `@fr-stream/stream`. */
export const FACES_SCHEMA = 'fr-stream/faces@1';

export interface FaceEvent {
  /** x, y, width, height in pixels of the frame; a tenth of a pixel exact. */
  readonly box: readonly [number, number, number, number];
  /** Detector's confidence, 0..1. */
  readonly score: number;
  readonly landmarks?: readonly (readonly [number, number])[];
  readonly track?: { readonly id: number; readonly predicted: boolean };
  readonly identity?: IdentityEvent;
  readonly quality?: FaceQuality;
  /** What analysers found, by their ids; absent when there is nothing. */
  readonly attributes?: Readonly<Record<string, AttributeEvent>>;
  readonly embedding?: { readonly model: string; readonly vector: readonly number[] };
}

/** A number, rounded to three digits, a text, or named ones of these. */
export type AttributeEvent = number | string | { readonly [name: string]: AttributeEvent };

export type IdentityEvent =
  | {
      readonly kind: 'known';
      readonly name: string;
      readonly personId: string;
      /** Cosine similarity, -1..1. */
      readonly score: number;
      /** Absent when the gallery holds one person only. */
      readonly margin?: number;
    }
  | {
      readonly kind: 'unknown';
      readonly label?: string;
      readonly reason: string;
      readonly nearest?: CandidateEvent;
      /** For `ambiguous`: the second-best person. */
      readonly rival?: CandidateEvent;
    };

/** Somebody whom a face is like, but not named after. */
export interface CandidateEvent {
  readonly personId: string;
  readonly name: string;
  /** Cosine similarity, -1..1; four digits. */
  readonly score: number;
}

/** One frame, as it is written to a JSON Lines file. */
export interface FrameEvent {
  readonly schema: typeof FACES_SCHEMA;
  readonly source: string;
  readonly frame: number;
  readonly timeMs: number;
  /** When that was on the clock of the wall: see `Frame.capturedAt`. */
  readonly capturedAt?: string;
  readonly width: number;
  readonly height: number;
  readonly faces: readonly FaceEvent[];
  readonly error?: { readonly code: string; readonly message: string };
}

export interface FrameEventOptions {
  /** Default: false; a 512-d vector takes about 5 kB. */
  readonly embeddings?: boolean;
}

/** What of a pipeline item an event tells: any `FrameFaces` will do. */
export interface FrameReport {
  readonly frame: {
    readonly source: string;
    readonly index: number;
    readonly timeMs: number;
    readonly capturedAt?: string;
    readonly image: { readonly width: number; readonly height: number };
  };
  readonly faces: readonly Face[];
  readonly error?: FrStreamError;
}

/** Turns a pipeline item into what is written, numbers rounded to what they are worth. */
export function toFrameEvent(
  { frame, faces, error }: FrameReport,
  options: FrameEventOptions = {},
): FrameEvent {
  return {
    schema: FACES_SCHEMA,
    source: frame.source,
    frame: frame.index,
    timeMs: roundTo(frame.timeMs, 1),
    ...(frame.capturedAt !== undefined && { capturedAt: frame.capturedAt }),
    width: frame.image.width,
    height: frame.image.height,
    faces: faces.map((face) => toFaceEvent(face, options)),
    ...(error && { error: { code: error.code, message: error.message } }),
  };
}

function toFaceEvent(face: Face, { embeddings = false }: FrameEventOptions): FaceEvent {
  const { detection, track, identity, quality, embedding } = face;
  const attributes = toAttributes(face.attributes);
  const { x, y, width, height } = track?.box ?? detection.box;
  const points = detection.landmarks?.points;
  return {
    box: [roundTo(x, 1), roundTo(y, 1), roundTo(width, 1), roundTo(height, 1)],
    score: roundTo(detection.score, 4),
    ...(points && { landmarks: points.map((point) => [roundTo(point.x, 1), roundTo(point.y, 1)] as const) }),
    ...(track && { track: { id: track.id, predicted: track.predicted } }),
    ...(identity && { identity: toIdentityEvent(identity) }),
    ...(quality && { quality: roundQuality(quality) }),
    ...(attributes && { attributes }),
    ...(embeddings &&
      embedding && {
        embedding: {
          model: embedding.model,
          vector: Array.from(embedding.vector, (value) => roundTo(value, 6)),
        },
      }),
  };
}

export function toIdentityEvent(identity: Identity): IdentityEvent {
  if (identity.kind === 'known') {
    const { name, personId, score, margin } = identity;
    const shown = { kind: 'known', name, personId, score: roundTo(score, 4) } as const;
    return Number.isFinite(margin) ? { ...shown, margin: roundTo(margin, 4) } : shown;
  }
  const { label, reason, nearest, rival } = identity;
  return {
    kind: 'unknown',
    ...(label !== undefined && { label }),
    reason,
    ...(nearest && { nearest: toCandidateEvent(nearest) }),
    ...(rival && { rival: toCandidateEvent(rival) }),
  };
}

function toCandidateEvent({ personId, name, score }: Candidate): CandidateEvent {
  return { personId, name, score: roundTo(score, 4) };
}

/** What of an analyser's result an event can tell; undefined for nothing. */
function toAttribute(value: unknown): AttributeEvent | undefined {
  if (typeof value === 'number') return roundTo(value, 3);
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? toAttributes(value) : undefined;
}

function toAttributes(values: object = {}): Readonly<Record<string, AttributeEvent>> | undefined {
  const told = Object.entries(values).flatMap(([name, value]) => {
    const event = toAttribute(value);
    return event === undefined ? [] : [[name, event] as const];
  });
  return told.length === 0 ? undefined : Object.fromEntries(told);
}

function roundQuality({ size, sharpness, yaw, pitch, roll, overall }: FaceQuality): FaceQuality {
  return {
    size: roundTo(size, 1),
    sharpness: roundTo(sharpness, 1),
    yaw: roundTo(yaw, 3),
    pitch: roundTo(pitch, 1),
    roll: roundTo(roll, 1),
    overall: roundTo(overall, 3),
  };
}

/** Rounds to so many digits; JSON has neither NaN nor infinity, so they become 0. */
export function roundTo(value: number, digits: number): number {
  if (!Number.isFinite(value)) return 0;
  const factor = 10 ** digits;
  // Adding 0 turns -0 into 0.
  return Math.round(value * factor) / factor + 0;
}
