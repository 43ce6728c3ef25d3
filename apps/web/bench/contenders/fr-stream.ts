import { PixelReader, WebModelStore, WebRuntime } from '@fr-stream/backend-web';
import { connectFaceEngine } from '@fr-stream/browser';
import { createEngine } from '@fr-stream/engine';
import { DEFAULT_CHAIN } from '@fr-stream/models';
import type { Contender } from '../contender.js';
import { itemAt } from '@fr-stream/core';

const [modelBase, wasmBase] = ['/models/', '/ort/'];

/** Detector, landmarks and embedder on every frame, on the page's own thread as the others. */
export async function everyFrame(): Promise<Contender> {
  const store = new WebModelStore({ base: modelBase });
  const runtime = await WebRuntime.open({ wasmBase, store, provider: 'wasm' });
  const { detector, aligner, embedder } = await createEngine(DEFAULT_CHAIN, runtime);
  const reader = new PixelReader();
  return {
    runtime: `onnxruntime-web, WASM, threads: ${runtime.threads}`,
    prepare: async (canvas) => {
      const bitmap = await createImageBitmap(canvas);
      return async () => {
        const image = reader.read(bitmap, bitmap.width, bitmap.height);
        bitmap.close();
        const faces = itemAt(await detector.detect([image]), 0);
        const embeddings = await embedder.embed(aligner.align(image, faces));
        return { faces: faces.length, embedded: embeddings.length };
      };
    },
  };
}

/**
 * An engine in a worker tracks faces and embeds the best shots of each track.
 * @param detectEveryMs 0: it looks for faces in every frame, as for a scan; 60: as the app does for what plays.
 */
export async function tracked(detectEveryMs: number): Promise<Contender> {
  const worker = new Worker(new URL('../../src/worker.ts', import.meta.url), { type: 'module' });
  const engine = connectFaceEngine(worker);
  const { threads } = await engine.open({
    cards: DEFAULT_CHAIN,
    modelBase: new URL(modelBase, location.href).href,
    wasmBase: new URL(wasmBase, location.href).href,
    provider: 'wasm',
    gallery: 'bench',
  });
  await engine.begin('video', { detectEveryMs });
  const embedded = new Set<string>();
  return {
    runtime: `onnxruntime-web in a worker, WASM, threads: ${threads}`,
    prepare: async (canvas, index, timeMs) => {
      const bitmap = await createImageBitmap(canvas);
      return async () => {
        const { faces } = await engine.analyze(bitmap, { index, timeMs, source: 'bench' });
        for (const { id, quality } of faces) if (quality !== undefined) embedded.add(id);
        return { faces: faces.length, embedded: faces.filter(({ id }) => embedded.has(id)).length };
      };
    },
  };
}
