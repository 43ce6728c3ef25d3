import type { Image } from '@fr-stream/core';
import type { AnalyzedFace, AnalyzedFrame } from './types.js';
import type { RemoteFaceEngine } from './connect.js';

/**
 * The faces of one frame or photo by the names of now, after people, the threshold or who is enrolled have changed: for what
 * stands still, of which no next frame comes. A stranger who still is one keeps the label.
 */
export async function withNamesOfNow(
  engine: Pick<RemoteFaceEngine, 'identities'>,
  faces: readonly AnalyzedFace[],
): Promise<readonly AnalyzedFace[]> {
  const identities = await engine.identities(faces.map(({ id }) => id));
  return faces.map((face, i) => {
    const { identity: before } = face;
    const now = identities[i] ?? before;
    const label = before.kind === 'unknown' ? before.label : undefined;
    const keeps = now.kind === 'unknown' && now.label === undefined && label !== undefined;
    return { ...face, identity: keeps ? { ...now, label } : now };
  });
}

/** The frame or photo that was shown last, which is shown again when names have changed: it may stand still. */
export class ShownFrame {
  readonly #show: (frame: AnalyzedFrame, picture?: Image) => void;
  #current: AnalyzedFrame | undefined;
  /** What is shown in its place where faces are hidden: without it there would be nothing to see under other names. */
  #picture: Image | undefined;
  /** Since the last frame: the one that the engine was at work on may come with the names of before, and be the last one. */
  #isRenamed = false;

  constructor(show: (frame: AnalyzedFrame, picture?: Image) => void) {
    this.#show = show;
  }

  get current(): AnalyzedFrame | undefined {
    return this.#current;
  }

  clear(): void {
    this.#current = this.#picture = undefined;
  }

  /** Shows what the engine has found, at once. */
  async take(
    engine: Pick<RemoteFaceEngine, 'identities'>,
    frame: AnalyzedFrame,
    picture?: Image,
  ): Promise<void> {
    this.#put(frame, picture);
    if (!this.#isRenamed) return;
    this.#isRenamed = false;
    await this.#name(engine);
  }

  /** Names have changed. */
  async refresh(engine: Pick<RemoteFaceEngine, 'identities'>): Promise<void> {
    this.#isRenamed = true;
    await this.#name(engine);
  }

  async #name(engine: Pick<RemoteFaceEngine, 'identities'>): Promise<void> {
    const frame = this.#current;
    if (frame === undefined) return;
    const faces = await withNamesOfNow(engine, frame.faces);
    if (frame === this.#current) this.#put({ ...frame, faces }, this.#picture);
  }

  #put(frame: AnalyzedFrame, picture: Image | undefined): void {
    this.#current = frame;
    this.#picture = picture;
    this.#show(frame, picture);
  }
}
