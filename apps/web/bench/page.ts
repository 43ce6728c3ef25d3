/** Measures one contender, named in the address, on a video. Each loads only its own code. */
import { ALL_FORMATS, Input, UrlSource, VideoSampleSink } from 'mediabunny';
import type { Contender } from './contender.js';

const contenders: Readonly<Record<string, () => Promise<Contender>>> = {
  'fr-stream, live': async () => (await import('./contenders/fr-stream.js')).tracked(60),
  'fr-stream, tracked': async () => (await import('./contenders/fr-stream.js')).tracked(0),
  'fr-stream, every frame': async () => (await import('./contenders/fr-stream.js')).everyFrame('default'),
  'fr-stream, every frame, onnxruntime-web': async () =>
    (await import('./contenders/fr-stream.js')).everyFrame('default', false),
  'fr-stream, its models alone': async () =>
    (await import('./contenders/fr-stream.js')).modelsAlone('default'),
  'fr-stream, every frame, small models': async () =>
    (await import('./contenders/fr-stream.js')).everyFrame('small'),
  'fr-stream, small models alone': async () =>
    (await import('./contenders/fr-stream.js')).modelsAlone('small'),
  'human, cached': async () => (await import('./contenders/human.js')).human(true),
  'human, every frame': async () => (await import('./contenders/human.js')).human(false),
  'face-api, tiny': async () => (await import('./contenders/face-api.js')).faceApi('tiny'),
  'face-api, SSD': async () => (await import('./contenders/face-api.js')).faceApi('ssd'),
};

export interface Measured {
  readonly runtime: string;
  /** Milliseconds per frame. */
  readonly ms: readonly number[];
  readonly faces: number;
  readonly embedded: number;
}

const WARM_UP = 4;

async function measure(name: string, video: string, frames: number): Promise<Measured> {
  const make = contenders[name];
  if (make === undefined) throw new Error(`There is no contender "${name}".`);
  const contender = await make();
  const canvas = document.createElement('canvas');
  const ms: number[] = [];
  let [faces, embedded, count] = [0, 0, 0];
  using input = new Input({ source: new UrlSource(video), formats: ALL_FORMATS });
  const track = await input.getPrimaryVideoTrack();
  if (track === null) throw new Error(`${video} has no pictures.`);
  for await (const sample of new VideoSampleSink(track).samples()) {
    const frame = sample.toVideoFrame();
    const timeMs = sample.timestamp * 1000;
    sample.close();
    canvas.width = frame.displayWidth;
    canvas.height = frame.displayHeight;
    canvas.getContext('2d')?.drawImage(frame, 0, 0);
    const run = await contender.prepare({ canvas, frame, index: count, timeMs });
    const start = performance.now();
    const outcome = await run();
    const taken = performance.now() - start;
    frame.close();
    if (count++ < WARM_UP) continue;
    ms.push(taken);
    faces += outcome.faces;
    embedded += outcome.embedded;
    if (ms.length >= frames) break;
  }
  return { runtime: contender.runtime, ms, faces, embedded };
}

declare global {
  var bench: { readonly names: readonly string[]; readonly measure: typeof measure } | undefined;
}
globalThis.bench = { names: Object.keys(contenders), measure };
