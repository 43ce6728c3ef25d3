import type {
  Face,
  Frame,
  FrameFaces,
  FrameSource,
  Identity,
  SourceInfo,
  TrackIdentities,
} from '@fr-stream/core';
import { map, type OperatorFunction } from 'rxjs';
import type { ChunkFace } from './chunk-task.js';
import type { JoinedFrame } from './join-chunks.js';

/** The frames of a searched video without their pixels: for outputs that draw nothing. */
export class PixelFreeSource implements FrameSource {
  readonly live = false;
  readonly dropped = 0;
  readonly #info: SourceInfo;
  readonly #frames: readonly JoinedFrame[];

  constructor(info: SourceInfo, frames: readonly JoinedFrame[]) {
    this.#info = info;
    this.#frames = frames;
  }

  async info(): Promise<SourceInfo> {
    return this.#info;
  }

  async *frames(signal?: AbortSignal): AsyncGenerator<Frame> {
    const { width = 1, height = 1, source } = this.#info;
    const image = { format: 'gray8' as const, width, height, data: new Uint8Array(0) };
    for (const { index, timeMs, capturedAt } of this.#frames) {
      if (signal?.aborted === true) return;
      const taken = capturedAt !== undefined && { capturedAt };
      yield { image, timeMs, ...taken, index, source, [Symbol.dispose]: () => undefined };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

const NOBODY: Identity = { kind: 'unknown', reason: 'not-evaluated' };

/** Puts the faces that were found elsewhere on the frames of the same video, by their place in it. */
export function replayFaces(
  frames: readonly JoinedFrame[],
  people: TrackIdentities,
): OperatorFunction<FrameFaces, FrameFaces> {
  return map(({ frame }): FrameFaces => {
    const found = frames.at(frame.index);
    if (found === undefined) return { frame, faces: [], evaluated: false };
    const { evaluated, cut, faces, doubted, traces } = found;
    const named = (face: ChunkFace): Face => ({
      ...face,
      identity: (face.track && people.track(face.track.id)?.identity) ?? NOBODY,
    });
    return {
      frame,
      evaluated,
      cut: cut === true,
      faces: faces.map(named),
      ...(doubted && { doubted: doubted.map(named) }),
      ...(traces && { traces }),
    };
  });
}
