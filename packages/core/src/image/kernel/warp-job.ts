import type { Affine } from '../../contracts/face.js';
import type { Image } from '../../contracts/image.js';
import { yuvCoefficients } from '../planes.js';
import { warpPlan, type PlaneWarp } from '../warp-plan.js';
import type { PixelKernel } from './pixel-kernel.js';
import { putFloats, putInts } from './sources.js';

/** Bytes of the kernel's `WarpSource`: eight f64, then fields of four bytes. `WarpJob` has nine fields (kernel/warp.ts). */
const SOURCE_BYTES = 8 * 8 + 4 * 10;
const JOB_FIELDS = 9;
const YUV_FIELDS = 6;

/** A source's samples where the kernel finds them: in place, copied, or reduced. */
interface Placed {
  readonly at: number;
  readonly stride: number;
}

/** The footprint in samples of the plane itself, where only that is copied. */
function sourceSize({ plane, reduction, footprint: { x, y, width, height } }: PlaneWarp): {
  readonly width: number;
  readonly height: number;
} {
  return {
    width: Math.min(plane.width - x * reduction, width * reduction),
    height: Math.min(plane.height - y * reduction, height * reduction),
  };
}

function roomFor(warp: PlaneWarp, inPlace: boolean): number {
  const { step } = warp.plane;
  const { width, height } = sourceSize(warp);
  const copied = inPlace ? 0 : width * height * step;
  const reduced =
    warp.reduction === 1 ? 0 : warp.footprint.width * warp.footprint.height * step + 2 * width * step;
  return copied + reduced + 8 * warp.dx.length;
}

function place({ memory, scratch, reduce }: PixelKernel, warp: PlaneWarp, inPlace: boolean): Placed {
  const { plane, reduction, footprint } = warp;
  const { data, step } = plane;
  const { width, height } = sourceSize(warp);
  const start = plane.offset + footprint.y * reduction * plane.stride + footprint.x * reduction * step;
  let placed: Placed = { at: data.byteOffset + start, stride: plane.stride };
  if (!inPlace) {
    const stride = width * step;
    placed = { at: scratch.take(stride * height), stride };
    const target = memory.bytes(placed.at, stride * height);
    for (let y = 0; y < height; y++) {
      const from = start + y * plane.stride;
      target.set(data.subarray(from, from + stride), y * stride);
    }
  }
  if (reduction === 1) return placed;
  const stride = footprint.width * step;
  const at = scratch.take(stride * footprint.height);
  reduce(placed.at, placed.stride, step, width, height, reduction, at, scratch.take(2 * (width * step + 16)));
  return { at, stride };
}

/**
 * Warps an image, as `warpAffine` does.
 * @param inverse from output pixels to pixels of the image
 * @returns R, G, B per pixel; undefined when the kernel has no room for it.
 */
export function warpByKernel(
  kernel: PixelKernel,
  image: Image,
  inverse: Affine,
  width: number,
  height: number,
): Uint8Array | undefined {
  const { memory, scratch } = kernel;
  const inPlace = memory.holds(image.data);
  const plan = warpPlan(image, inverse, width, height, false);
  const length = width * height * 3;
  let room = length + 16 + 4 * (JOB_FIELDS + YUV_FIELDS) + plan.length * SOURCE_BYTES + 12 * (width + 16);
  for (const warp of plan) room += roomFor(warp, inPlace) + 32;
  if (!scratch.reserve(room + 32 * (6 + 5 * plan.length))) return undefined;

  const result = scratch.take(length + 16);
  const job = scratch.take(4 * JOB_FIELDS);
  const sourcesAt = scratch.take(SOURCE_BYTES * plan.length);
  plan.forEach((warp, i) => {
    const { plane, footprint, map, dx, dy, reachX, reachY, border } = warp;
    const { at, stride } = place(kernel, warp, inPlace);
    const [a, b, tx, c, d, ty] = map;
    const sourceAt = sourcesAt + SOURCE_BYTES * i;
    memory.doubles(sourceAt, 8).set([a, b, c, d, tx, ty, reachX, reachY]);
    putInts(memory, sourceAt + 64, [
      at,
      stride,
      plane.step,
      footprint.width,
      footprint.height,
      dx.length,
      putFloats(memory, scratch.take(4 * dx.length), dx),
      putFloats(memory, scratch.take(4 * dy.length), dy),
    ]);
    putFloats(memory, sourceAt + 96, [border]);
  });
  const k = yuvCoefficients(image.color);
  const rowStep = 4 * width + 16 - ((4 * width) % 16);
  putInts(memory, job, [
    plan[0].plane.step > 1 ? -1 : plan.length,
    Number(image.format === 'yuv420p'),
    width,
    height,
    result,
    scratch.take(3 * rowStep),
    rowStep,
    putFloats(memory, scratch.take(4 * YUV_FIELDS), [k.yOffset, k.y, k.rv, k.gu, k.gv, k.bu]),
    sourcesAt,
  ]);
  kernel.warp(job);
  return memory.bytes(result, length).slice();
}
