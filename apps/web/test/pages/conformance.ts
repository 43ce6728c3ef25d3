/** What the tests call inside a real browser: the conformance suites, and the pipeline for comparison with Node's. */
import {
  HnswGraphIndex,
  LatestOnly,
  pixelKernel,
  warpAffine,
  type Box,
  type Image,
  itemAt,
} from '@fr-stream/core';
import {
  galleryStoreConformance,
  imageCodecConformance,
  inferenceBackendConformance,
  photoLibraryConformance,
  videoLibraryConformance,
  type ConformanceCheck,
} from '@fr-stream/core/testing';
import {
  CanvasCodec,
  decodeBlob,
  framePlanes,
  IdbGalleryStore,
  IdbIndexStore,
  IdbMediaLibrary,
  labelOf,
  OnnxWebBackend,
  PhotoFrames,
  PixelReader,
  toImageData,
  VideoElementFrames,
  VideoFileFrames,
  WebModelStore,
  WebRuntime,
  type ProviderChoice,
} from '@fr-stream/backend-web';
import { connectFaceEngine } from '@fr-stream/browser';
import { createEngine } from '@fr-stream/engine';
import { DEFAULT_CHAIN } from '@fr-stream/models';
import { mergeOfVersion4 } from './version-4.js';

const wasmBase = new URL('/ort/', location.href).href;
const modelBase = new URL('/models/', location.href).href;

let databases = 0;
const names = new WeakMap<object, string>();
async function openStore(name: string): Promise<IdbGalleryStore> {
  const store = await IdbGalleryStore.open(name);
  names.set(store, name);
  return store;
}

const librarySubject = {
  make: async () => {
    const name = `test-${Date.now()}-${databases++}`;
    const library = await IdbMediaLibrary.open(name);
    names.set(library, name);
    return library;
  },
  reopen: (library: object) => IdbMediaLibrary.open(names.get(library)),
  gallery: (library: object) => openStore(names.get(library) ?? ''),
};

const suites: Record<string, () => readonly ConformanceCheck[]> = {
  backend: () => inferenceBackendConformance(() => Promise.resolve(new OnnxWebBackend({ wasmBase }))),
  codec: () => imageCodecConformance(() => Promise.resolve(new CanvasCodec())),
  photoLibrary: () => photoLibraryConformance(librarySubject),
  videoLibrary: () => videoLibraryConformance(librarySubject),
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
  const runtime = await WebRuntime.open({
    wasmBase,
    provider,
    store: new WebModelStore({ base: modelBase }),
  });
  await using chain = await createEngine(DEFAULT_CHAIN, runtime);
  const pictures = [];
  for (const url of urls) {
    const { image } = await decodeBlob(await (await fetch(url)).blob(), url);
    const detections = itemAt(await chain.detector.detect([image]), 0);
    const embeddings = await chain.embedder.embed(chain.aligner.align(image, detections));
    pictures.push(
      detections.map(({ box, score, landmarks }, i) => ({
        box,
        score,
        points: landmarks?.points ?? [],
        vector: Array.from(itemAt(embeddings, i).vector),
      })),
    );
  }
  return { models: chain.running, isolated: crossOriginIsolated, pictures };
}

/** An index of vectors as bytes, and the bytes read back. */
async function indexBytes(vectors: readonly (readonly number[])[]): Promise<number[]> {
  const index = new HnswGraphIndex(itemAt(vectors, 0).length);
  await index.add(vectors.map((vector, i) => ({ id: `v${i}`, vector: Float32Array.from(vector) })));
  return Array.from(index.toBytes());
}

/** Keeps an index, and gives the bytes of what another connection reads. */
async function keepIndex(bytes: readonly number[]): Promise<number[]> {
  const name = `test-index-${Date.now()}`;
  {
    await using store = await IdbIndexStore.open(name);
    await store.save('faces', HnswGraphIndex.fromBytes(Uint8Array.from(bytes)));
  }
  await using again = await IdbIndexStore.open(name);
  return Array.from((await again.load('faces'))?.toBytes() ?? []);
}

/** Every 101st value of a video's first frame, full size, through WebCodecs and through a VideoFrame of it. */
async function firstFrame(
  url: string,
): Promise<{ decoded: number[]; drawn: number[]; planes: number[]; format: string; width: number }> {
  const sample = (values: ArrayLike<number>) => Array.from(values).filter((_, i) => i % 101 === 0);
  const blob = await (await fetch(url)).blob();
  await using asDecoded = new VideoFileFrames(blob, { maxSide: 4096, format: 'yuv420p' });
  const first = await asDecoded.frames().next();
  if (first.done === true) throw new Error('no frame');
  const { format } = first.value.image;
  const planes = sample(toImageData(first.value.image).data);
  await using source = new VideoFileFrames(blob, { maxSide: 4096 });
  for await (const { image } of source.frames()) {
    const { width, height, data } = image;
    const frame = new VideoFrame(data, {
      format: 'RGBA',
      codedWidth: width,
      codedHeight: height,
      timestamp: 0,
    });
    const bitmap = await createImageBitmap(frame);
    const drawn = new PixelReader().read(bitmap, width, height).data;
    bitmap.close();
    frame.close();
    return { decoded: sample(data), drawn: sample(drawn), planes, format, width };
  }
  throw new Error('no frame');
}

/** What is copied of a frame of 5x3 pixels whose bytes are 0, 1, 2 ... as they are stored. */
async function copiedPlanes(
  format: VideoPixelFormat,
  colorSpace: VideoColorSpaceInit,
  rotation = 0,
): Promise<{ data: number[]; color?: object } | undefined> {
  const stored = Uint8Array.from({ length: format === 'RGBX' ? 60 : 27 }, (_, i) => i);
  const size = { codedWidth: 5, codedHeight: 3, timestamp: 0 };
  const frame = new VideoFrame(stored, { format, colorSpace, ...size });
  try {
    const image = await framePlanes(frame, 5, 3, { rotation });
    return image && { data: Array.from(image.data), ...(image.color && { color: image.color }) };
  } finally {
    frame.close();
  }
}

/** Follows a playing video with a consumer that takes 200 ms per frame. */
async function followElement(url: string, count: number) {
  const video = document.createElement('video');
  video.muted = true;
  video.src = URL.createObjectURL(await (await fetch(url)).blob());
  document.body.append(video);
  await video.play();
  await using source = new LatestOnly(new VideoElementFrames(video, { maxSide: 320, name: 'element' }));
  const frames: { index: number; timeMs: number; behindMs: number; width: number }[] = [];
  for await (const { image, index, timeMs } of source.frames()) {
    const behindMs = video.currentTime * 1000 - timeMs;
    frames.push({ index, timeMs, behindMs, width: image.width });
    if (frames.length === count) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  video.remove();
  return { frames, dropped: source.dropped };
}

/** Photos, one of them broken. */
async function readPhotos(urls: readonly string[]) {
  const files = await Promise.all(
    urls.map(async (url) => new File([await (await fetch(url)).blob()], url.split('/').pop() ?? '')),
  );
  const broken: string[] = [];
  await using source = new PhotoFrames(
    [itemAt(files, 0), new File(['no picture'], 'broken.jpg'), ...files.slice(1)],
    {
      maxPixels: 1e5,
      onError: ({ code }) => broken.push(code),
    },
  );
  const sizes: number[] = [];
  for await (const { image } of source.frames()) sizes.push(image.width * image.height);
  return { sizes, broken };
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
    red += frame.image.data[0] ?? 0;
  }
  await source[Symbol.asyncDispose]();
  return { width, height, times, red };
}

/** The first frames of a video through a whole engine in a worker, that looks for faces at most so often. */
async function track(url: string, count: number, detectEveryMs: number) {
  const worker = new Worker(new URL('../../src/worker.ts', import.meta.url), { type: 'module' });
  const engine = connectFaceEngine(worker);
  await engine.open({
    cards: DEFAULT_CHAIN,
    modelBase,
    wasmBase,
    provider: 'wasm',
    gallery: `test-track-${databases++}`,
  });
  await engine.begin('video', { detectEveryMs });
  await using source = new VideoFileFrames(await (await fetch(url)).blob(), { maxSide: 640 });
  const frames = [];
  for await (const { image, index, timeMs } of source.frames()) {
    const { width, height, data } = image;
    const pixels = new ImageData(new Uint8ClampedArray(data), width, height);
    const at = { index, timeMs, source: url };
    const { faces, evaluated } = await engine.analyze(await createImageBitmap(pixels), at);
    frames.push({ timeMs, evaluated, faces: faces.map(({ id, track }) => ({ id, track })) });
    if (frames.length === count) break;
  }
  await engine.close();
  return frames;
}

/**
 * Who is where in each frame of a video file, by an engine in a worker that knows the people of a gallery file.
 * @param base64 the file
 */
async function scan(base64: string, people: string) {
  const file = new Blob([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))]);
  const worker = new Worker(new URL('../../src/worker.ts', import.meta.url), { type: 'module' });
  const engine = connectFaceEngine(worker);
  await engine.open({
    cards: DEFAULT_CHAIN,
    modelBase,
    wasmBase,
    provider: 'wasm',
    gallery: `test-scan-${databases++}`,
  });
  await engine.importGallery(people);
  const frames: { timeMs: number; faces: { track: number; who: string; box: Box }[] }[] = [];
  await engine.scan(file, 'clip', ({ timeMs, faces }) => {
    const seen = faces.map((face) => ({
      track: face.track?.id ?? 0,
      who: labelOf(face),
      box: face.track?.box ?? face.detection.box,
    }));
    frames.push({ timeMs, faces: seen });
    return true;
  });
  await engine.close();
  return frames;
}

/** The share of bytes in which the pixel kernel and JavaScript differ; undefined where there is no kernel. */
function kernelDifference(): number | undefined {
  const kernel = pixelKernel();
  if (kernel === null) return undefined;
  const [width, height] = [300, 200];
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => 128 + 100 * Math.sin(i * 0.01));
  const image: Image = { format: 'rgb24', width, height, data };
  const warp = (by: typeof kernel | null): Uint8Array =>
    warpAffine(image, [0.3, 0.1, 5, -0.1, 0.3, 20], 60, 50, by).data;
  const [fast, plain] = [warp(kernel), warp(null)];
  return fast.filter((value, i) => value !== plain[i]).length / fast.length;
}

Object.assign(globalThis, {
  frStreamTest: {
    kernelDifference,
    runSuite,
    analyze,
    indexBytes,
    keepIndex,
    mergeOfVersion4,
    copiedPlanes,
    firstFrame,
    followElement,
    readPhotos,
    readVideo,
    track,
    scan,
  },
});
document.title = 'ready';
