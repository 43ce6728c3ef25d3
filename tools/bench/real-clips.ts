import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Of one to three real people, and of more. */
const CLIPS = ['office', 'sofa', 'classroom-2', 'classroom-1', 'stage'];

export interface RealClip {
  readonly name: string;
  readonly path: string;
}

/** Those that are there. @param folder of folders with a `clip.mp4` each. */
export function realClipsIn(folder: string): readonly RealClip[] {
  return CLIPS.map((name) => ({ name, path: join(folder, name, 'clip.mp4') })).filter(({ path }) =>
    existsSync(path),
  );
}
