/** Tags a video with the people of a gallery: node --import tsx examples/node-pipeline.ts party.mp4 people.db */
import { randomUUID } from 'node:crypto';
import {
  alignFaces,
  detectFaces,
  embedFaces,
  fromSource,
  Gallery,
  identify,
  LandmarkedDetector,
  runPipeline,
  SessionDetector,
  SessionEmbedder,
  SessionLandmarker,
  TemplateAligner,
} from '@fr-stream/core';
import { NodeModelStore, OnnxRuntimeBackend, SqliteGalleryStore } from '@fr-stream/backend-node';
import { DEFAULT_CHAIN } from '@fr-stream/models';
import { annotatedVideo, jsonl, videoFrames } from '@fr-stream/stream';

const [input = 'party.mp4', people = 'people.db'] = process.argv.slice(2);
const store = new NodeModelStore();
await using backend = new OnnxRuntimeBackend();
const load = async (card: (typeof DEFAULT_CHAIN)[keyof typeof DEFAULT_CHAIN]) =>
  backend.load(await store.bytes(card));

const detector = new LandmarkedDetector(
  new SessionDetector(DEFAULT_CHAIN.detector, await load(DEFAULT_CHAIN.detector)),
  new SessionLandmarker(DEFAULT_CHAIN.landmarker, await load(DEFAULT_CHAIN.landmarker)),
);
const embedder = new SessionEmbedder(DEFAULT_CHAIN.embedder, await load(DEFAULT_CHAIN.embedder));
await using gallery = await Gallery.open(await SqliteGalleryStore.open(people), { createId: randomUUID });
await using source = videoFrames(input);

const summary = await runPipeline(
  fromSource(source).pipe(
    detectFaces(detector),
    alignFaces(new TemplateAligner(embedder.template)),
    embedFaces(embedder),
    identify(gallery, { threshold: embedder.threshold }),
  ),
  [annotatedVideo('tagged.mp4', { source }), jsonl('faces.jsonl')],
);
console.log(summary);
