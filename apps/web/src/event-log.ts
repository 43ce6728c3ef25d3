import type { AnalyzedFace, AnalyzedFrame } from '@fr-stream/browser';
import type { Identity } from '@fr-stream/core';
import { packFaces, unpackFaces, type LoggedFace } from './pack-faces.js';

/** What is told of a frame. */
export type LoggedFrame = Pick<AnalyzedFrame, 'source' | 'index' | 'timeMs' | 'width' | 'height'> & {
  readonly faces: readonly LoggedFace[];
};

/** A frame, its faces as numbers: as objects, 100,000 frames of a few faces would take hundreds of megabytes. */
type PackedFrame = Omit<LoggedFrame, 'faces'> & { readonly faces: Float32Array };

interface Source {
  readonly name: string;
  readonly frames: Map<number, PackedFrame>;
  /** Faces by their place, which is what frames hold of them, with what is known of each last. */
  readonly who: { readonly id: string; identity: Identity }[];
  readonly places: Map<string, number>;
  /** Frames that are kept no more. */
  forgotten: number;
}

/** Bytes kept of all sources; the first frames of the first source go when there are more. */
const MOST_BYTES = 96e6;
/** What a frame takes beside its faces. */
const OF_FRAME = 250;
/** The same moment, as players and demuxers tell it, differs by less. */
const SAME_MOMENT_MS = 5;

/**
 * What was seen, source by source, each frame once however often it was looked at: what came last counts. Names are those
 * of the moment in which it is exported.
 */
export class EventLog {
  readonly #sources = new Map<string, Source>();
  readonly #most: number;
  #bytes = 0;

  /** @param most bytes that are kept. */
  constructor(most = MOST_BYTES) {
    this.#most = most;
  }

  /** Names of what was seen, by key, in the order in which it was opened. */
  get sources(): readonly { readonly key: string; readonly name: string }[] {
    return [...this.#sources]
      .filter(([, { frames }]) => frames.size > 0)
      .map(([key, { name }]) => ({ key, name }));
  }

  /** How many frames of a source were too many to keep. */
  forgotten(key: string): number {
    return this.#sources.get(key)?.forgotten ?? 0;
  }

  /** @param key tells sources of one name apart. */
  add(key: string, name: string, { source, index, timeMs, width, height, faces }: AnalyzedFrame): void {
    const known = this.#sources.get(key);
    const log = known ?? {
      name,
      frames: new Map<number, PackedFrame>(),
      who: [],
      places: new Map(),
      forgotten: 0,
    };
    this.#sources.set(key, log);
    const moment = timeMs > 0 ? Math.round(timeMs / SAME_MOMENT_MS) : -index;
    this.#drop(log, moment);
    if (faces.length === 0) return;
    const packed = packFaces(faces, (face) => placeOf(log, face));
    log.frames.set(moment, { source, index, timeMs, width, height, faces: packed });
    this.#bytes += OF_FRAME + packed.byteLength;
    for (const oldest of this.#sources.values()) {
      for (const first of oldest.frames.keys()) {
        if (this.#bytes <= this.#most) return;
        this.#drop(oldest, first);
        oldest.forgotten++;
      }
    }
  }

  /** What was seen of a source so far is looked at anew. */
  restart(key: string): void {
    const log = this.#sources.get(key);
    if (log === undefined) return;
    for (const moment of [...log.frames.keys()]) this.#drop(log, moment);
    log.who.length = log.forgotten = 0;
    log.places.clear();
  }

  /**
   * The frames of a source by time, a photo's by its place, with the names of now. One by one: all of them at once might not
   * fit into the memory.
   */
  *frames(key: string, current: (face: LoggedFace) => Identity): Generator<LoggedFrame> {
    const log = this.#sources.get(key);
    const frames = [...(log?.frames.values() ?? [])];
    for (const frame of frames.sort((a, b) => a.timeMs - b.timeMs || a.index - b.index)) {
      const faces = unpackFaces(frame.faces, (place) => log?.who[place]);
      yield { ...frame, faces: faces.map((face) => ({ ...face, identity: current(face) })) };
    }
  }

  #drop(log: Source, moment: number): void {
    const before = log.frames.get(moment);
    if (before === undefined) return;
    this.#bytes -= OF_FRAME + before.faces.byteLength;
    log.frames.delete(moment);
  }
}

function placeOf({ who, places }: Source, { id, identity }: AnalyzedFace): number {
  const place = places.get(id) ?? who.length;
  places.set(id, place);
  const known = who[place];
  if (known === undefined) who.push({ id, identity });
  else known.identity = identity;
  return place;
}
