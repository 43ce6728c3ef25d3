import { warpAffine, type Box, type ImageCodec, type Image } from '@fr-stream/core';
import type { AssetCache } from '@fr-stream/backend-node';
import { BACKGROUNDS, KNOWN, STRANGERS, type Player } from './cast.js';
import type { OccluderPlacement, Placement, Scene, StagedFrame } from './scene.js';
import { FACE_ASPECT, HEAD_FACTOR } from './truth.js';

/** Who plays an actor. */
export function playerOf(scene: Scene, actorId: number): Player {
  const actor = scene.actors.find(({ id }) => id === actorId);
  const strangers = scene.actors.filter(({ known }) => !known).map(({ id }) => id);
  const known = scene.actors.filter((other) => other.known).map(({ id }) => id);
  return actor?.known === true
    ? KNOWN[known.indexOf(actorId) % KNOWN.length]
    : STRANGERS[strangers.indexOf(actorId) % STRANGERS.length];
}

/** Width of the soft edge of a head, in shares of its half size. */
const SOFT_EDGE = 0.12;

/** Paints a scene's frames: real faces, cut out as soft ellipses, over real backgrounds. Deterministic. */
export class SceneRenderer {
  readonly #scene: Scene;
  readonly #photos: ReadonlyMap<string, Image>;
  readonly #backgrounds: readonly Image[];
  readonly #margin: number;

  private constructor(scene: Scene, photos: ReadonlyMap<string, Image>) {
    this.#scene = scene;
    this.#photos = photos;
    this.#margin = Math.ceil(scene.shake * scene.height) + 2;
    this.#backgrounds = BACKGROUNDS.map(({ asset, area }) => {
      const photo = this.#photo(asset.id);
      const [width, height] = [scene.width + 2 * this.#margin, scene.height + 2 * this.#margin];
      const [sx, sy] = [width / area.width, height / area.height];
      return warpAffine(photo, [sx, 0, -area.x * sx, 0, sy, -area.y * sy], width, height);
    });
  }

  /** Fetches the photos (once, into the cache). */
  static async create(scene: Scene, cache: AssetCache, codec: ImageCodec): Promise<SceneRenderer> {
    const players = scene.actors.map(({ id }) => playerOf(scene, id));
    const assets = [
      ...players.flatMap(({ shown }) => shown.map(({ asset }) => asset)),
      ...BACKGROUNDS.map(({ asset }) => asset),
    ];
    const wanted = [...new Map(assets.map((asset) => [asset.id, asset])).values()];
    const paths = await cache.fetchAll(wanted);
    const photos = new Map<string, Image>();
    for (const [i, { id }] of wanted.entries()) photos.set(id, (await codec.decode(paths[i])).image);
    return new SceneRenderer(scene, photos);
  }

  #photo(id: string): Image {
    const photo = this.#photos.get(id);
    if (photo === undefined) throw new RangeError(`no photo ${id}`);
    return photo;
  }

  /** An `rgb24` picture of the scene's size. */
  frame(staged: StagedFrame): Image {
    const { width, height } = this.#scene;
    const data = this.#background(staged);
    const image: Image = { format: 'rgb24', width, height, data };
    const layers = [
      ...staged.faces.map((face) => ({ depth: face.actor.depth, paint: () => this.#paintFace(image, face) })),
      ...staged.occluders.map((post) => ({ depth: post.depth, paint: () => paintPost(image, post) })),
    ].sort((a, b) => a.depth - b.depth);
    for (const { paint } of layers) paint();
    return image;
  }

  #background({ shot, shift }: StagedFrame): Uint8Array {
    const { width, height } = this.#scene;
    const background = this.#backgrounds[shot % this.#backgrounds.length];
    const data = new Uint8Array(width * height * 3);
    const [left, top] = [this.#margin - Math.round(shift.x), this.#margin - Math.round(shift.y)];
    for (let y = 0; y < height; y++) {
      const row = Math.min(Math.max(y + top, 0), background.height - 1);
      const from = (row * background.width + Math.max(0, left)) * 3;
      data.set(background.data.subarray(from, from + width * 3), y * width * 3);
    }
    return data;
  }

  #paintFace(image: Image, { actor, picture, x, y, size, angle, light }: Placement): void {
    const { shown } = playerOf(this.#scene, actor.id);
    const { asset, face } = shown[picture % shown.length];
    const half = (size / 2) * HEAD_FACTOR;
    const side = Math.ceil(2 * half) + 2;
    const patch = warpAffine(this.#photo(asset.id), patchTransform(face, size, angle, side), side, side);
    const [left, top] = [Math.round(x - side / 2), Math.round(y - side / 2)];
    const radians = (angle * Math.PI) / 180;
    const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
    for (let v = Math.max(0, -top); v < Math.min(side, image.height - top); v++) {
      for (let u = Math.max(0, -left); u < Math.min(side, image.width - left); u++) {
        const [dx, dy] = [u - (side - 1) / 2, v - (side - 1) / 2];
        const ex = (dx * cos + dy * sin) / (half * FACE_ASPECT);
        const ey = (dy * cos - dx * sin) / half;
        const alpha = Math.min(1, (1 - Math.hypot(ex, ey)) / SOFT_EDGE);
        if (alpha <= 0) continue;
        const to = ((v + top) * image.width + u + left) * 3;
        const from = (v * side + u) * 3;
        for (let c = 0; c < 3; c++) {
          const value = Math.min(255, patch.data[from + c] * light);
          image.data[to + c] = Math.round(image.data[to + c] * (1 - alpha) + value * alpha);
        }
      }
    }
  }
}

/** Maps the photo onto a square patch with the face upright box's centre in its middle. */
function patchTransform(
  face: Box,
  size: number,
  angle: number,
  side: number,
): [number, number, number, number, number, number] {
  const scale = size / face.height;
  const radians = (angle * Math.PI) / 180;
  const [a, b] = [scale * Math.cos(radians), -scale * Math.sin(radians)];
  const [cx, cy] = [face.x + face.width / 2, face.y + face.height / 2];
  const middle = (side - 1) / 2;
  return [a, b, middle - a * cx - b * cy, -b, a, middle + b * cx - a * cy];
}

function paintPost(image: Image, { x, y, width, height }: OccluderPlacement): void {
  const [left, right] = [Math.max(0, Math.round(x)), Math.min(image.width, Math.round(x + width))];
  for (let row = Math.max(0, Math.round(y)); row < Math.min(image.height, Math.round(y + height)); row++) {
    for (let column = left; column < right; column++) {
      // A round, lit post.
      const across = (column - x) / width;
      const shade = 60 + 110 * Math.sin(Math.PI * across) + ((row * 7 + column * 3) % 11);
      const at = (row * image.width + column) * 3;
      image.data[at] = shade;
      image.data[at + 1] = 0.93 * shade;
      image.data[at + 2] = 0.85 * shade;
    }
  }
}
