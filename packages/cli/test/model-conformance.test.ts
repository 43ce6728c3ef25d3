import { fileURLToPath } from 'node:url';
import {
  FlipEmbedder,
  LandmarkedDetector,
  RotationRetryDetector,
  SessionDetector,
  SessionEmbedder,
  SessionLandmarker,
  TemplateAligner,
  TiledDetector,
  toRgb24,
  turnImage,
  type Detector,
} from '@fr-stream/core';
import {
  alignerConformance,
  detectorConformance,
  embedderConformance,
  landmarkerConformance,
  type ConformanceCheck,
} from '@fr-stream/core/testing';
import { OnnxRuntimeBackend, SharpCodec } from '@fr-stream/backend-node';
import { DEFAULT_CHAIN } from '@fr-stream/models';
import { describe, it } from 'vitest';
import { createModelStore } from '../src/compose/model-store.js';

/** The models of the default chain keep the contracts, alone and in what core builds of them. */
const { detector, landmarker, embedder } = DEFAULT_CHAIN;
const store = createModelStore();
const backend = new OnnxRuntimeBackend();
const golden = fileURLToPath(new URL('../assets/golden-face.jpg', import.meta.url));
const picture = toRgb24((await new SharpCodec().decode(golden)).image);

const makeDetector = async (): Promise<SessionDetector> =>
  new SessionDetector(detector, await backend.load(await store.bytes(detector)));
const makeLandmarker = async (): Promise<SessionLandmarker> =>
  new SessionLandmarker(landmarker, await backend.load(await store.bytes(landmarker)));
const makeEmbedder = async (): Promise<SessionEmbedder> =>
  new SessionEmbedder(embedder, await backend.load(await store.bytes(embedder)));
const makeLandmarked = async (): Promise<LandmarkedDetector> =>
  new LandmarkedDetector(await makeDetector(), await makeLandmarker());

await using found = await makeLandmarked();
const [[face]] = await found.detect([picture]);

function run(checks: readonly ConformanceCheck[]): void {
  for (const check of checks) it(check.name, check.run);
}

describe('detectors', () => {
  const makers: Readonly<Record<string, () => Promise<Detector>>> = {
    SessionDetector: makeDetector,
    LandmarkedDetector: makeLandmarked,
    TiledDetector: async () => new TiledDetector(await makeDetector(), { minSide: 64 }),
    RotationRetryDetector: async () => new RotationRetryDetector(await makeLandmarked()),
  };
  for (const [name, make] of Object.entries(makers)) {
    describe(name, () => run(detectorConformance({ make, picture })));
  }
});

describe('landmarker', () => run(landmarkerConformance({ make: makeLandmarker, picture, box: face.box })));

describe('aligner', () =>
  run(
    alignerConformance({
      make: () => new TemplateAligner(embedder.decode.template),
      picture,
      detection: face,
    }),
  ));

describe('embedders', () => {
  const aligner = new TemplateAligner(embedder.decode.template);
  const [one] = aligner.align(picture, [face]);
  // A face upside down is nobody's.
  const faces = [one, { ...one, image: turnImage(one.image, 2) }] as const;
  describe('SessionEmbedder', () => run(embedderConformance({ make: makeEmbedder, faces })));
  describe('FlipEmbedder', () =>
    run(embedderConformance({ make: async () => new FlipEmbedder(await makeEmbedder()), faces })));
});
