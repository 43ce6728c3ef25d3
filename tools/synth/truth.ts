import type { Box } from '@fr-stream/core';
import type { MotRow } from '../mot/mot-format.js';
import type { Placement, Scene, StagedFrame } from './scene.js';

/** Width of every face box in its heights; pictures are cut to it. */
export const FACE_ASPECT = 0.75;
/** A head reaches beyond its face box by this factor about the box's centre, and hides what lies behind. */
export const HEAD_FACTOR = 1.5;
/** Faces of which less than this share is to be seen are neither to be found nor counted as false. */
export const COUNTED_VISIBILITY = 0.6;

/** The upright box around a face, in pixels; of a tilted one the box around the tilted ellipse. */
export function faceBox({ x, y, size, angle }: Placement): Box {
  const radians = (angle * Math.PI) / 180;
  const [a, b] = [(size * FACE_ASPECT) / 2, size / 2];
  const halfWidth = Math.hypot(a * Math.cos(radians), b * Math.sin(radians));
  const halfHeight = Math.hypot(a * Math.sin(radians), b * Math.cos(radians));
  return { x: x - halfWidth, y: y - halfHeight, width: 2 * halfWidth, height: 2 * halfHeight };
}

/** The share of a face that is inside the frame and not behind anything, 0..1. */
export function visibility(scene: Scene, frame: StagedFrame, face: Placement): number {
  const box = faceBox(face);
  const inFront = frame.faces.filter(
    (other) => other !== face && frame.faces.indexOf(other) > frame.faces.indexOf(face),
  );
  const posts = frame.occluders.filter((occluder) => occluder.depth > face.actor.depth);
  const steps = 16;
  let inside = 0;
  let seen = 0;
  for (let row = 0; row < steps; row++) {
    for (let column = 0; column < steps; column++) {
      const [u, v] = [(column + 0.5) / steps - 0.5, (row + 0.5) / steps - 0.5];
      if (u * u + v * v > 0.25) continue;
      inside++;
      const x = face.x + u * box.width;
      const y = face.y + v * box.height;
      const outside = x < 0 || y < 0 || x >= scene.width || y >= scene.height;
      const behind =
        inFront.some((other) => coversPoint(other, x, y)) ||
        posts.some((p) => x >= p.x && x < p.x + p.width && y >= p.y && y < p.y + p.height);
      if (!outside && !behind) seen++;
    }
  }
  return seen / inside;
}

function coversPoint(face: Placement, x: number, y: number): boolean {
  const half = (face.size / 2) * HEAD_FACTOR;
  const dx = (x - face.x) / (half * FACE_ASPECT);
  const dy = (y - face.y) / half;
  return dx * dx + dy * dy <= 1;
}

/** Ground truth in MOTChallenge form: a row for every face that is in the frame, if only in part. */
export function truthRows(scene: Scene, frames: readonly StagedFrame[]): MotRow[] {
  return frames.flatMap((frame) =>
    frame.faces.flatMap((face) => {
      const box = faceBox(face);
      const beyond = box.x + box.width <= 0 || box.y + box.height <= 0;
      if (beyond || box.x >= scene.width || box.y >= scene.height) return [];
      const visible = visibility(scene, frame, face);
      return [
        {
          frame: frame.index,
          id: face.actor.id,
          box,
          confidence: visible >= COUNTED_VISIBILITY ? 1 : 0,
          visibility: visible,
        },
      ];
    }),
  );
}
