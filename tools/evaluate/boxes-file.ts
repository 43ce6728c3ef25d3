import { SourceError, type Box } from '@fr-stream/core';
import type { TruthFace } from './metrics/detection.js';

/** Faces smaller than this (shorter side, pixels) need not be found; 0 for none. */
export interface BoxRules {
  readonly minSize: number;
}

/**
 * Reads boxes as WIDER FACE gives them: per picture its path, the number of faces, and per face
 * "x y width height blur expression illumination invalid occlusion pose" (only the first four are needed; faces
 * marked invalid are ignored). A picture without faces has the count 0 and, in WIDER's files, one line of zeros.
 *
 * @returns per picture, in file order, its faces.
 * @throws SourceError (INPUT_UNREADABLE)
 */
export function parseBoxes(
  text: string,
  origin: string,
  rules: BoxRules = { minSize: 0 },
): ReadonlyMap<string, readonly TruthFace[]> {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const result = new Map<string, readonly TruthFace[]>();
  let at = 0;
  const bad = (reason: string): SourceError =>
    new SourceError('INPUT_UNREADABLE', `${origin}, line ${at}: ${reason}`, {
      hint: 'Give a path, a count, and one line "x y width height ..." per face, as WIDER FACE does.',
    });
  while (at < lines.length) {
    const path = lines[at++];
    if (path === '') continue;
    const count = Number(lines[at++]);
    if (!Number.isInteger(count) || count < 0) throw bad('a number of faces must follow the path');
    const faces: TruthFace[] = [];
    for (let i = 0; i < count; i++) {
      const values = (lines[at++] ?? '').split(/\s+/).map(Number);
      if (values.length < 4 || values.slice(0, 4).some((value) => !Number.isFinite(value))) {
        throw bad('a face must have x y width height');
      }
      const box: Box = { x: values[0], y: values[1], width: values[2], height: values[3] };
      const empty = box.width <= 0 || box.height <= 0;
      faces.push({
        box,
        ignored: empty || values[7] === 1 || Math.min(box.width, box.height) < rules.minSize,
      });
    }
    if (count === 0 && /^0( 0)+$/.test(lines[at] ?? '')) at++;
    result.set(path, faces);
  }
  return result;
}
