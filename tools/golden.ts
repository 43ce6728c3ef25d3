/**
 * Writes packages/cli/assets/golden-face.json: what the default chain makes of the golden face on the CPU.
 * Run it (npm run golden) when the default chain or its preprocessing changes on purpose.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  LandmarkedDetector,
  SessionDetector,
  SessionEmbedder,
  SessionLandmarker,
  TemplateAligner,
} from '@fr-stream/core';
import { NodeModelStore, OnnxRuntimeBackend, SharpCodec } from '@fr-stream/backend-node';
import { DEFAULT_CHAIN } from '@fr-stream/models';

const assets = new URL('../packages/cli/assets/', import.meta.url);
const { detector, landmarker, embedder } = DEFAULT_CHAIN;
const store = new NodeModelStore();
await using backend = new OnnxRuntimeBackend();
const faces = new LandmarkedDetector(
  new SessionDetector(detector, await backend.load(await store.bytes(detector))),
  new SessionLandmarker(landmarker, await backend.load(await store.bytes(landmarker))),
);
const vectors = new SessionEmbedder(embedder, await backend.load(await store.bytes(embedder)));
const { image } = await new SharpCodec().decode(fileURLToPath(new URL('golden-face.jpg', assets)));
const [found] = await faces.detect([image]);
if (found.length !== 1) throw new Error(`expected one face in the golden photo, found ${found.length}`);
const [embedding] = await vectors.embed(new TemplateAligner(embedder.decode.template).align(image, found));
const { x, y, width, height } = found[0].box;
const round = (value: number, digits: number): number => Number(value.toFixed(digits));
const golden = {
  models: [detector.id, landmarker.id, embedder.id],
  box: [x, y, width, height].map((value) => round(value, 2)),
  embedding: Array.from(embedding.vector, (value) => round(value, 5)),
};
await writeFile(new URL('golden-face.json', assets), `${JSON.stringify(golden)}\n`);
console.log(
  `golden face: ${image.width}x${image.height}, score ${found[0].score.toFixed(3)}, box ${golden.box.join(' ')}`,
);
