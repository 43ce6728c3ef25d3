import { iou, type Box } from '@fr-stream/core';

/** A face in a picture's metadata. */
export interface FaceRegion {
  readonly name: string;
  /** In pixels of the upright picture; pixel centres at whole numbers. */
  readonly box: Box;
}

/** A rectangle as metadata has it: the centre and the size, in shares of the picture as it is stored. */
export interface RegionArea {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

interface Share {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Where a point of the stored picture is shown, by EXIF orientation (TIFF 6.0, tag 274), both in shares of the picture:
 * the upright place is `[a x + b y + c, d x + e y + f]`.
 */
const UPRIGHT: Readonly<Record<number, readonly [number, number, number, number, number, number]>> = {
  1: [1, 0, 0, 0, 1, 0],
  2: [-1, 0, 1, 0, 1, 0],
  3: [-1, 0, 1, 0, -1, 1],
  4: [1, 0, 0, 0, -1, 1],
  5: [0, 1, 0, 1, 0, 0],
  6: [0, -1, 1, 1, 0, 0],
  7: [0, -1, 1, -1, 0, 1],
  8: [0, 1, 0, -1, 0, 1],
};

/** Orientations that undo one another; the others undo themselves. */
const INVERSE: Readonly<Record<number, number>> = { 6: 8, 8: 6 };

function turned({ left, top, width, height }: Share, orientation: number): Share {
  const [a, b, c, d, e, f] = UPRIGHT[orientation] ?? UPRIGHT[1] ?? [1, 0, 0, 0, 1, 0];
  const [x, y] = [left + width / 2, top + height / 2];
  const [cx, cy] = [a * x + b * y + c, d * x + e * y + f];
  const swapped = orientation >= 5 && orientation <= 8;
  const [w, h] = swapped ? [height, width] : [width, height];
  return { left: cx - w / 2, top: cy - h / 2, width: w, height: h };
}

/** A box of the upright picture as an area of the stored one. @param size of the upright picture, in pixels. */
export function toArea(
  { x, y, width, height }: Box,
  size: { readonly width: number; readonly height: number },
  orientation = 1,
): RegionArea {
  // Pixel centres lie at whole numbers: the picture begins half a pixel before the first.
  const share = {
    left: (x + 0.5) / size.width,
    top: (y + 0.5) / size.height,
    width: width / size.width,
    height: height / size.height,
  };
  const { left, top, width: w, height: h } = turned(share, INVERSE[orientation] ?? orientation);
  return { x: left + w / 2, y: top + h / 2, w, h };
}

/** The other way round. */
export function fromArea(
  { x, y, w, h }: RegionArea,
  size: { readonly width: number; readonly height: number },
  orientation = 1,
): Box {
  const { left, top, width, height } = turned(
    { left: x - w / 2, top: y - h / 2, width: w, height: h },
    orientation,
  );
  return {
    x: left * size.width - 0.5,
    y: top * size.height - 0.5,
    width: width * size.width,
    height: height * size.height,
  };
}

/** Other programs draw their boxes wider, or tighter. */
const SAME_FACE_IOU = 0.25;

/** Which faces regions are about: pairs of indexes, those that overlap most first; each region and face once. */
export function matchRegions(
  regions: readonly Box[],
  faces: readonly Box[],
  least = SAME_FACE_IOU,
): readonly (readonly [region: number, face: number])[] {
  const pairs = regions
    .flatMap((region, i) => faces.map((face, j) => ({ i, j, shared: iou(region, face) })))
    .filter(({ shared }) => shared >= least)
    .sort((a, b) => b.shared - a.shared || a.i - b.i || a.j - b.j);
  const [usedRegions, usedFaces] = [new Set<number>(), new Set<number>()];
  return pairs.flatMap(({ i, j }) => {
    if (usedRegions.has(i) || usedFaces.has(j)) return [];
    usedRegions.add(i);
    usedFaces.add(j);
    return [[i, j] as const];
  });
}
