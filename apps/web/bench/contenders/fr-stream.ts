import { framePlanes, WebModelStore, WebRuntime } from '@fr-stream/backend-web';
import { connectFaceEngine } from '@fr-stream/browser';
import { createEngine } from '@fr-stream/engine';
import { DEFAULT_CHAIN, findCard } from '@fr-stream/models';
import type { Contender } from '../contender.js';
import { itemAt, probeInput, type ModelCard, type ReadyModel } from '@fr-stream/core';

const [modelBase, wasmBase] = ['/models/', '/ort/'];

/** The least models that the page offers. */
const SMALL = { detector: 'blazeface-short-128', embedder: 'mobileface-256' };

function openRuntime(kernel = true): Promise<WebRuntime> {
  const store = new WebModelStore({ base: modelBase });
  return WebRuntime.open({ wasmBase, store, provider: 'wasm', kernel, threads: 1 });
}

/** Detector, landmarks and embedder on every frame, on the page's own thread as the others. */
export async function everyFrame(models: 'default' | 'small', kernel = true): Promise<Contender> {
  const runtime = await openRuntime(kernel);
  const chain = models === 'default' ? DEFAULT_CHAIN : SMALL;
  const { detector, aligner, embedder } = await createEngine(chain, runtime);
  return {
    runtime: `${kernel ? 'the kernel' : 'onnxruntime-web'}, WASM, one thread`,
    prepare:
      async ({ frame }) =>
      async () => {
        const image = await framePlanes(frame, frame.displayWidth, frame.displayHeight);
        if (image === undefined) throw new Error('The frame is not copied.');
        const faces = itemAt(await detector.detect([image]), 0);
        const embeddings = await embedder.embed(aligner.align(image, faces));
        return { faces: faces.length, embedded: embeddings.length };
      },
  };
}

/**
 * What no pipeline can go below: nothing but the runs of the detector (once) and of the embedder (once a face), on numbers that
 * are laid out already.
 */
export async function modelsAlone(models: 'default' | 'small'): Promise<Contender> {
  const runtime = await openRuntime();
  const cards =
    models === 'default'
      ? DEFAULT_CHAIN
      : { detector: findCard(SMALL.detector), embedder: findCard(SMALL.embedder) };
  const finder = await everyFrame(models);
  const detector = await runtime.load<ModelCard>(cards.detector);
  const embedder = await runtime.load<ModelCard>(cards.embedder);
  /** A picture as wide as the model likes it, and as high as a frame of this shape makes it. */
  const feeds = ({ card: { input }, session }: ReadyModel<ModelCard>, aspect?: number) => {
    const { dynamicMultipleOf: step } = input;
    const open = step !== undefined && aspect !== undefined;
    const height = open ? step * Math.ceil(input.width / aspect / step) : input.height;
    return { [input.name ?? itemAt(session.inputs, 0).name]: probeInput({ ...input, height }) };
  };
  const face = feeds(embedder);
  return {
    runtime: finder.runtime,
    prepare: async (shown) => {
      const { faces } = await (await finder.prepare(shown))();
      const picture = feeds(detector, shown.canvas.width / shown.canvas.height);
      return async () => {
        await detector.session.run(picture);
        for (let i = 0; i < faces; i++) await embedder.session.run(face);
        return { faces, embedded: faces };
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
    runtime: `the kernel, in a worker, WASM, threads: ${threads}`,
    prepare: async ({ frame, index, timeMs }) => {
      const handed = frame.clone();
      return async () => {
        const { faces } = await engine.analyze(handed, { index, timeMs, source: 'bench' });
        for (const { id, quality } of faces) if (quality !== undefined) embedded.add(id);
        return { faces: faces.length, embedded: faces.filter(({ id }) => embedded.has(id)).length };
      };
    },
  };
}
