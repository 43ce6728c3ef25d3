import { warpAffine, type Box, type Image, type ImageCodec } from '@fr-stream/core';

/** Pictures that lie in memory as pixels; those of tracks that are gone are kept as JPEG beyond that. */
const MOST_PIXELS = 48;
const SIDE = 256;
/** Margin around the face box, in shares of its size on each side; as the cut-outs of photos have it. */
const MARGIN = 0.15;

interface Shot {
  lastMs: number;
  cutout: Image | Uint8Array;
  aligned: Image | Uint8Array;
}

export interface ShotFiles {
  readonly cutout: Uint8Array;
  readonly aligned: Uint8Array;
}

/** The best pictures of tracks, some 15 kB each once a track is gone. */
export class HeldShots {
  readonly #codec: ImageCodec;
  readonly #shots = new Map<string, Shot>();

  constructor(codec: ImageCodec) {
    this.#codec = codec;
  }

  /** Replaces the picture of this key. @param image is read, not kept. */
  put(key: string, timeMs: number, image: Image, box: Box, aligned: Image): void {
    this.#shots.delete(key);
    this.#shots.set(key, { lastMs: timeMs, cutout: cropped(image, box), aligned });
  }

  /** Packs what has not been replaced for longest, when there is much. */
  async settle(): Promise<void> {
    const raw = [...this.#shots.values()].filter(({ cutout }) => !(cutout instanceof Uint8Array));
    for (const shot of raw.slice(0, Math.max(0, raw.length - MOST_PIXELS))) await this.#pack(shot);
  }

  async take(key: string): Promise<ShotFiles | undefined> {
    const shot = this.#shots.get(key);
    return shot && this.#pack(shot);
  }

  async #pack(shot: Shot): Promise<ShotFiles> {
    const { cutout, aligned } = shot;
    if (!(cutout instanceof Uint8Array)) shot.cutout = await this.#codec.encode(cutout, 'jpeg', 90);
    if (!(aligned instanceof Uint8Array)) shot.aligned = await this.#codec.encode(aligned, 'jpeg', 95);
    return { cutout: shot.cutout as Uint8Array, aligned: shot.aligned as Uint8Array };
  }
}

/** A square around a box, reduced to at most {@link SIDE}; black outside the picture. */
function cropped(image: Image, { x, y, width, height }: Box): Image {
  const side = Math.max(width, height) * (1 + 2 * MARGIN);
  const scale = Math.min(1, SIDE / side);
  const pixels = Math.max(1, Math.round(side * scale));
  const [left, top] = [x + width / 2 - side / 2, y + height / 2 - side / 2];
  return warpAffine(image, [scale, 0, -left * scale, 0, scale, -top * scale], pixels, pixels);
}
