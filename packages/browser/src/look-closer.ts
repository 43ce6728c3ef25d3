import {
  cropImage,
  faceQuality,
  iou,
  type Box,
  type Detection,
  type Embedding,
  type Image,
  type Point,
  itemAt,
} from '@fr-stream/core';
import { canvasOf, toImageData } from '@fr-stream/backend-web';
import type { Workshop } from './workshop.js';
import type { SeenFace } from './seen-faces.js';
import { facePicture } from './face-picture.js';

/** Of the box, how much is looked at around it. */
const AROUND = 2.2;
/** The longer side of what is looked at, in pixels: small faces are enlarged to what detectors find. */
const LOOK_AT = 320;
/** Turns tried for a face that is not found upright, in quarters. */
const QUARTERS = [0, 1, 3, 2] as const;

/**
 * Embeds one face that somebody points at, however small or turned it is: it is looked for again in the picture around its
 * box, enlarged, and turned if need be.
 * @param box in pixels of the picture.
 * @returns undefined when even so no face is found there.
 */
export async function lookCloser(
  { engine }: Pick<Workshop, 'engine'>,
  image: Image,
  box: Box,
): Promise<Pick<SeenFace, 'vector' | 'model' | 'quality' | 'picture'> | undefined> {
  const side = Math.max(box.width, box.height) * AROUND;
  const [cx, cy] = [box.x + box.width / 2, box.y + box.height / 2];
  const around = { x: cx - side / 2, y: cy - side / 2, width: side, height: side };
  const crop = cropImage(image, around);
  if (crop === undefined) return undefined;
  const scale = Math.max(1, LOOK_AT / Math.max(crop.image.width, crop.image.height));
  // Without tiles: the face is large in what is looked at.
  const detector = engine.detectorWith({});
  let most: Embedding | undefined;
  let quality = 0;
  for (const quarters of QUARTERS) {
    const view = turned(crop.image, quarters, scale);
    const [found = []] = await detector.detect([view.image], { scoreThreshold: 0.4 });
    const wanted = view.boxOf({ ...box, x: box.x - crop.x, y: box.y - crop.y });
    const [detection] = best(found, wanted);
    if (detection === undefined) continue;
    const aligned = itemAt(engine.aligner.align(view.image, [detection]), 0);
    const embedding = itemAt(await engine.embedder.embed([aligned]), 0);
    // The longer, the more the embedder makes of it: of the turns, that in which the face is upright.
    if (embedding.norm <= (most?.norm ?? 0)) continue;
    most = embedding;
    quality = faceQuality(detection, aligned).overall;
  }
  if (most === undefined) return undefined;
  const { vector, model } = most;
  return { vector, model, quality, picture: await facePicture(image, box) };
}

/** Those at the place that was pointed at, the best first. */
function best(found: readonly Detection[], wanted: Box): readonly Detection[] {
  const inside = ({ box }: Detection): boolean => {
    const middle: Point = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    return (
      middle.x > wanted.x &&
      middle.y > wanted.y &&
      middle.x < wanted.x + wanted.width &&
      middle.y < wanted.y + wanted.height
    );
  };
  return found
    .filter((one) => one.landmarks !== undefined && inside(one))
    .sort((a, b) => iou(b.box, wanted) - iou(a.box, wanted));
}

interface View {
  readonly image: Image;
  /** Where a box of the crop is in it. */
  readonly boxOf: (box: Box) => Box;
}

/** A picture turned clockwise by quarters, and enlarged. */
function turned(image: Image, quarters: 0 | 1 | 2 | 3, scale: number): View {
  const { width, height } = image;
  const [w, h] = quarters % 2 === 0 ? [width, height] : [height, width];
  return {
    image: drawn(image, quarters, Math.round(w * scale), Math.round(h * scale)),
    boxOf: ({ x, y, width: bw, height: bh }) => {
      const [tx, ty, tw, th] =
        quarters === 0
          ? [x, y, bw, bh]
          : quarters === 1
            ? [height - y - bh, x, bh, bw]
            : quarters === 2
              ? [width - x - bw, height - y - bh, bw, bh]
              : [y, width - x - bw, bh, bw];
      return { x: tx * scale, y: ty * scale, width: tw * scale, height: th * scale };
    },
  };
}

function drawn(image: Image, quarters: number, width: number, height: number): Image {
  const from = canvasOf(image.width, image.height);
  from.context.putImageData(toImageData(image), 0, 0);
  const { context } = canvasOf(width, height);
  context.translate(width / 2, height / 2);
  context.rotate((quarters * Math.PI) / 2);
  const [w, h] = quarters % 2 === 0 ? [width, height] : [height, width];
  context.drawImage(from.canvas, -w / 2, -h / 2, w, h);
  const { data } = context.getImageData(0, 0, width, height);
  return { format: 'rgba32', width, height, data: new Uint8Array(data.buffer) };
}
