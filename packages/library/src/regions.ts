import { clipBox, iou, type Box } from '@fr-stream/core';

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

interface Size {
  readonly width: number;
  readonly height: number;
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

/**
 * A box of the upright picture as an area of the stored one. Of a face that is cut off by the picture's edge, whose box
 * goes beyond it, what is in the picture: shares are of 0 to 1. @param size of the upright picture, in pixels.
 */
export function toArea(box: Box, size: Size, orientation = 1): RegionArea {
  // Pixel centres lie at whole numbers: the picture begins half a pixel before the first.
  const within = { ...box, x: box.x + 0.5, y: box.y + 0.5 };
  const { x, y, width, height } = clipBox(within, size.width, size.height);
  const share = {
    left: x / size.width,
    top: y / size.height,
    width: width / size.width,
    height: height / size.height,
  };
  const { left, top, width: w, height: h } = turned(share, INVERSE[orientation] ?? orientation);
  return { x: left + w / 2, y: top + h / 2, w, h };
}

/** The other way round. */
export function fromArea({ x, y, w, h }: RegionArea, size: Size, orientation = 1): Box {
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

/** Sizes of one shape differ by rounding, and by no more. */
const SAME_SHAPE = 0.02;

const sameShape = (a: Size, b: Size): boolean =>
  Math.abs(Math.log((a.width * b.height) / (a.height * b.width))) < SAME_SHAPE;

export interface PlacedAreas {
  /** In pixels of the upright picture, as areas were given. */
  readonly boxes: readonly Box[];
  /** The orientation by which they had to be turned: that of the picture, or 1 where they are of the upright one already. */
  readonly orientation: number;
}

/**
 * Where areas are in the upright picture. They are of the stored one, says MWG; but there are programs that write those of
 * the upright one. What the areas were written for tells, and so do the faces that lie where they should.
 *
 * @param appliedTo size of the picture for which the areas were written, where that is said.
 * @param size of the upright picture. @param faces of the picture, upright.
 * @returns undefined when they were written for a picture of another shape, which has been cropped since.
 */
export function placeAreas(
  areas: readonly RegionArea[],
  appliedTo: Size | undefined,
  size: Size,
  orientation: number,
  faces: readonly Box[],
): PlacedAreas | undefined {
  const stored = orientation >= 5 ? { width: size.height, height: size.width } : size;
  const known =
    appliedTo !== undefined && appliedTo.width > 0 && appliedTo.height > 0 ? appliedTo : undefined;
  const [asStored, asUpright] = [
    known === undefined || sameShape(known, stored),
    known === undefined || sameShape(known, size),
  ];
  if (!asStored && !asUpright) return undefined;
  const by = (turn: number): PlacedAreas => ({
    boxes: areas.map((area) => fromArea(area, size, turn)),
    orientation: turn,
  });
  if (orientation === 1) return by(1);
  const [first, second] = asStored ? [by(orientation), by(1)] : [by(1), by(orientation)];
  const found = ({ boxes }: PlacedAreas): number => matchRegions(boxes, faces).length;
  return found(second) > found(first) ? second : first;
}

/** Other programs draw their boxes wider, or tighter. */
const SAME_FACE_IOU = 0.25;
/** One of two boxes, each around the other's centre, may be so many times the other. */
const LARGEST_SHARE = 8;

/** Whether each of two boxes is around the centre of the other: of a face and of a hand's box around a head. */
function concentric(a: Box, b: Box): boolean {
  const share = (a.width * a.height) / (b.width * b.height);
  if (share > LARGEST_SHARE || share < 1 / LARGEST_SHARE) return false;
  const holds = (one: Box, other: Box): boolean =>
    Math.abs(one.x + one.width / 2 - other.x - other.width / 2) <= one.width / 2 &&
    Math.abs(one.y + one.height / 2 - other.y - other.height / 2) <= one.height / 2;
  return holds(a, b) && holds(b, a);
}

/**
 * Which faces regions are about: pairs of indexes, those that overlap most first; each region and face once.
 * @param least IoU that is enough; where it is not given, boxes around one another's centres are about one face too.
 */
export function matchRegions(
  regions: readonly Box[],
  faces: readonly Box[],
  least?: number,
): readonly (readonly [region: number, face: number])[] {
  const pairs = regions
    .flatMap((region, i) =>
      faces.flatMap((face, j) => {
        const shared = iou(region, face);
        const same = shared >= (least ?? SAME_FACE_IOU) || (least === undefined && concentric(region, face));
        return same ? [{ i, j, shared }] : [];
      }),
    )
    .sort((a, b) => b.shared - a.shared || a.i - b.i || a.j - b.j);
  const [usedRegions, usedFaces] = [new Set<number>(), new Set<number>()];
  return pairs.flatMap(({ i, j }) => {
    if (usedRegions.has(i) || usedFaces.has(j)) return [];
    usedRegions.add(i);
    usedFaces.add(j);
    return [[i, j] as const];
  });
}
