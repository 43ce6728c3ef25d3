import type { Detector, DetectOptions } from '../contracts/detector.js';
import type { Detection, Point } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import { toRgb24 } from '../image/convert.js';
import { turnBack, turnImage, type QuarterTurns } from '../image/turn.js';
import { warpAffine } from '../image/warp.js';
import { itemAt } from '../item-at.js';

export interface RotationRetryOptions {
  /**
   * A picture whose best face scores less, 0..1, is looked at again. Detectors score a face that lies on its side or
   * stands on its head below an upright one. Default 0: only pictures without any face are.
   */
  readonly sure?: number;
}

/** Longer side of the copy that is looked at again, in pixels. */
const COPY_SIDE = 400;
/**
 * Where there is a face as the picture stands, a turned picture is believed when its best face has so many times the
 * odds, and so many times those of a sure face. Detectors are easily deceived by faces upside down: a tenth of this
 * turns one of 150 upright photos.
 */
const ODDS_RATIO = 100;
const SURE_RATIO = 30;

/** Photos upside down are rarer than photos on their side, and masked faces look like them. */
const UPSIDE_DOWN = 10;
/** A face that was seen in the frame alone must be surer than others: ears and hands pass more easily there. */
const FRAMED_ODDS = 9;

const odds = (score: number): number => score / Math.max(1 - score, 1e-7);
const bestScore = (found: readonly Detection[]): number => found[0]?.score ?? 0;

interface Copy {
  readonly image: Image;
  /** Pixels of the copy per pixel of the picture. */
  readonly scale: number;
  /** Where the picture's first pixel lies in the copy. */
  readonly left: number;
  readonly top: number;
}

/** The picture, reduced to `side` pixels if it is larger, in a black frame of `frame` times its size. */
function copyOf(image: Image, side: number, frame: number): Copy {
  const scale = Math.min(1, side / Math.max(image.width, image.height));
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  const left = Math.round(width * frame);
  const top = Math.round(height * frame);
  if (scale === 1 && frame === 0) return { image: toRgb24(image), scale, left, top };
  // Pixel centres lie at integers: the picture's corner is at -0.5.
  const shift = (scale - 1) / 2;
  const transform = [scale, 0, left + shift, 0, scale, top + shift] as const;
  return { image: warpAffine(image, transform, width + 2 * left, height + 2 * top), scale, left, top };
}

/** What was found in a copy, in pixels of the picture. */
function fromCopy({ scale, left, top }: Copy, { box, landmarks, ...rest }: Detection): Detection {
  const shift = (scale - 1) / 2;
  const point = ({ x, y }: Point): Point => ({ x: (x - left - shift) / scale, y: (y - top - shift) / scale });
  return {
    ...rest,
    box: {
      x: (box.x - left) / scale,
      y: (box.y - top) / scale,
      width: box.width / scale,
      height: box.height / scale,
    },
    ...(landmarks && { landmarks: { ...landmarks, points: landmarks.points.map(point) } }),
  };
}

/**
 * Looks at a photo again when no face, or no sure one, was found: in a frame (faces that fill the picture, noise) and
 * turned by quarters (scans and photos that lost their orientation tag). Ordinary photos cost nothing more. Wraps the
 * whole detector, landmarks included, since those of a face that stands on its head are wrong too.
 */
export class RotationRetryDetector implements Detector {
  readonly id: string;
  readonly scoreThreshold?: number;
  readonly sure?: number;
  readonly #detector: Detector;
  readonly #sure: number;

  /** Takes ownership of the detector. */
  constructor(detector: Detector, { sure = 0 }: RotationRetryOptions = {}) {
    this.id = detector.id;
    if (detector.scoreThreshold !== undefined) this.scoreThreshold = detector.scoreThreshold;
    if (detector.sure !== undefined) this.sure = detector.sure;
    this.#detector = detector;
    this.#sure = sure;
  }

  async detect(
    images: readonly Image[],
    options: DetectOptions = {},
  ): Promise<readonly (readonly Detection[])[]> {
    const first = await this.#detector.detect(images, options);
    return Promise.all(
      first.map((found, i) =>
        found.length > 0 && bestScore(found) >= this.#sure
          ? found
          : this.#lookAgain(itemAt(images, i), found, options),
      ),
    );
  }

  async #lookAgain(
    image: Image,
    found: readonly Detection[],
    options: DetectOptions,
  ): Promise<readonly Detection[]> {
    // A copy's pixels are not the picture's.
    const { minSize = 0, ...anySize } = options;
    let best = found;
    if (found.length === 0) {
      const framed = copyOf(image, COPY_SIDE / 2, 0.5);
      const inFrame = itemAt(await this.#detector.detect([framed.image], anySize), 0);
      best = inFrame
        .map((detection) => fromCopy(framed, detection))
        .filter(({ box, score }) => odds(score) >= FRAMED_ODDS && Math.min(box.width, box.height) >= minSize);
      if (best.length > 0 && bestScore(best) >= this.#sure) return best;
    }
    const sure = odds(this.#sure);
    const least = best.length === 0 ? sure : Math.max(sure * SURE_RATIO, odds(bestScore(best)) * ODDS_RATIO);
    const turn = await this.#turnOf(image, least, anySize);
    if (turn === undefined) return best;
    const upright = itemAt(await this.#detector.detect([turnImage(image, turn)], options), 0);
    return upright.length === 0
      ? best
      : upright.map((detection) => turnBack(detection, turn, image.width, image.height));
  }

  /** The turn that shows the surest face, if one is likelier than `least` odds. */
  async #turnOf(image: Image, least: number, options: DetectOptions): Promise<QuarterTurns | undefined> {
    const { image: small } = copyOf(image, COPY_SIDE, 0);
    const turns = [1, 2, 3] as const;
    const found = await this.#detector.detect(
      turns.map((turn) => turnImage(small, turn)),
      { ...options, maxFaces: 1 },
    );
    let likeliest = least;
    let chosen: QuarterTurns | undefined;
    turns.forEach((turn, i) => {
      const likely = odds(bestScore(itemAt(found, i))) / (turn === 2 ? UPSIDE_DOWN : 1);
      if (likely > likeliest) [likeliest, chosen] = [likely, turn];
    });
    return chosen;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#detector[Symbol.asyncDispose]();
  }
}
