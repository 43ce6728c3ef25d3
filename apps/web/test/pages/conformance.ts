/** What the tests call inside a real browser: the conformance suites, and the pipeline for comparison with Node's. */
import { HnswGraphIndex } from '@fr-stream/core';
import {
  galleryStoreConformance,
  imageCodecConformance,
  inferenceBackendConformance,
  vectorIndexConformance,
  type ConformanceCheck,
} from '@fr-stream/core/testing';
import {
  CanvasCodec,
  decodeBlob,
  IdbGalleryStore,
  loadChain,
  OnnxWebBackend,
  VideoFileFrames,
  WebModelStore,
  type ProviderChoice,
} from '@fr-stream/backend-web';
import { DEFAULT_CHAIN } from '@fr-stream/models';

const wasmBase = new URL('/ort/', location.href).href;
const modelBase = new URL('/models/', location.href).href;

let databases = 0;
const names = new WeakMap<object, string>();
async function openStore(name: string): Promise<IdbGalleryStore> {
  const store = await IdbGalleryStore.open(name);
  names.set(store, name);
  return store;
}

const suites: Record<string, () => readonly ConformanceCheck[]> = {
  backend: () => inferenceBackendConformance(() => Promise.resolve(new OnnxWebBackend({ wasmBase }))),
  codec: () => imageCodecConformance(() => Promise.resolve(new CanvasCodec())),
  index: () =>
    vectorIndexConformance((dimensions, metric) =>
      Promise.resolve(new HnswGraphIndex(dimensions, { metric })),
    ),
  gallery: () =>
    galleryStoreConformance({
      make: () => openStore(`test-${Date.now()}-${databases++}`),
      reopen: (store) => openStore(names.get(store) ?? ''),
    }),
};

async function runSuite(name: string): Promise<{ name: string; error: string | null }[]> {
  const results: { name: string; error: string | null }[] = [];
  for (const check of suites[name]?.() ?? []) {
    try {
      await check.run();
      results.push({ name: check.name, error: null });
    } catch (error) {
      results.push({ name: check.name, error: String(error) });
    }
  }
  return results;
}

/** Detects and embeds the faces of pictures. */
async function analyze(urls: readonly string[], provider: ProviderChoice) {
  await using backend = new OnnxWebBackend({ wasmBase, webgpu: provider !== 'wasm' });
  const chain = await loadChain(backend, new WebModelStore({ base: modelBase }), DEFAULT_CHAIN, provider);
  const pictures = [];
  for (const url of urls) {
    const { image } = await decodeBlob(await (await fetch(url)).blob(), url);
    const [detections] = await chain.detector.detect([image]);
    const embeddings = await chain.embedder.embed(chain.aligner.align(image, detections));
    pictures.push(
      detections.map(({ box, score, landmarks }, i) => ({
        box,
        score,
        points: landmarks?.points ?? [],
        vector: Array.from(embeddings[i].vector),
      })),
    );
  }
  return { models: chain.models, isolated: crossOriginIsolated, pictures };
}

/** An index of vectors as bytes, and the bytes read back. */
async function indexBytes(vectors: readonly (readonly number[])[]): Promise<number[]> {
  const index = new HnswGraphIndex(vectors[0].length);
  await index.add(vectors.map((vector, i) => ({ id: `v${i}`, vector: Float32Array.from(vector) })));
  return Array.from(index.toBytes());
}

async function readVideo(
  url: string,
): Promise<{ width: number; height: number; times: number[]; red: number }> {
  const source = new VideoFileFrames(await (await fetch(url)).blob(), { maxSide: 320, name: url });
  const { width = 0, height = 0 } = await source.info();
  const times: number[] = [];
  let red = 0;
  for await (const frame of source.frames()) {
    times.push(frame.timeMs);
    red += frame.image.data[0];
  }
  await source[Symbol.asyncDispose]();
  return { width, height, times, red };
}

Object.assign(globalThis, { frStreamTest: { runSuite, analyze, indexBytes, readVideo } });
document.title = 'ready';
