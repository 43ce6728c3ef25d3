/** Finds and names faces in a <video> of a page; with plain Vite. Serve models/ and onnxruntime-web's files as ort/. */
import {
  alignFaces,
  detectFaces,
  embedFaces,
  fromSource,
  Gallery,
  identify,
  LatestOnly,
} from '@fr-stream/core';
import { runPipeline, type FrameFaces } from '@fr-stream/core';
import { IdbGalleryStore, loadChain, OnnxWebBackend } from '@fr-stream/backend-web';
import { VideoElementFrames, WebModelStore } from '@fr-stream/backend-web';
import { DEFAULT_CHAIN } from '@fr-stream/models';

const video = document.querySelector('video');
if (video === null) throw new Error('The page needs a <video>.');
await using backend = new OnnxWebBackend({ wasmBase: '/ort/' });
const { detector, aligner, embedder } = await loadChain(backend, new WebModelStore(), DEFAULT_CHAIN, 'wasm');
await using gallery = await Gallery.open(await IdbGalleryStore.open(), {
  createId: () => crypto.randomUUID(),
});

const log = {
  write: async ({ faces }: FrameFaces) => console.log(faces.map(({ identity }) => identity)),
  close: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
};
const named = fromSource(new LatestOnly(new VideoElementFrames(video)), { inFlight: 2 }).pipe(
  detectFaces(detector),
  alignFaces(aligner),
  embedFaces(embedder),
  identify(gallery, { threshold: embedder.threshold }),
);
console.log(await runPipeline(named, [log]));
