import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { NodeRuntime, SharpCodec } from '@fr-stream/backend-node';
import {
  fromSource,
  Gallery,
  galleryToJson,
  iou,
  MemoryGalleryStore,
  runPipeline,
  type Box,
  type FrameFaces,
} from '@fr-stream/core';
import { createEngine, facesOfPhoto, openVideo } from '@fr-stream/engine';
import { videoFrames } from '@fr-stream/stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, ffmpeg, openBrowser, run, samples, servePage } from './browser.js';
import { firefoxPath, openFirefox } from './firefox.js';

interface SeenFace {
  readonly track: number;
  /** The name, or a stranger's label. */
  readonly who: string;
  readonly box: Box;
}
interface SeenFrame {
  readonly timeMs: number;
  readonly faces: readonly SeenFace[];
}

/** A man who moves beside a picture of others, a cut, the others alone, a cut back to the first scene. */
async function makeClip(path: string): Promise<void> {
  const scene = 'fps=25,setsar=1,format=yuv420p';
  await run(ffmpeg.path, [
    ...['-y', '-v', 'error', '-ss', '5', '-t', '4', '-i', await samples.video()],
    ...['-loop', '1', '-framerate', '25', '-t', '2', '-i', await samples.strangers()],
    '-filter_complex',
    '[0:v]scale=-2:480,split[a][b];[1:v]scale=-2:480,split[c][d];' +
      '[a]trim=0:2,setpts=PTS-STARTPTS[a1];[a1][c]hstack=shortest=1,' +
      `scale=1120:480,${scene}[one];[d]scale=1120:480,trim=0:1,setpts=PTS-STARTPTS,${scene}[two];` +
      `[b]trim=2:4,setpts=PTS-STARTPTS,scale=1120:480,${scene}[three];` +
      '[one][two][three]concat=n=3:v=1:a=0[out]',
    ...['-map', '[out]', '-an', '-c:v', 'libx264', '-crf', '16', path],
  ]);
}

/** Evaluates an expression, which gives a string, in a page at `url`. */
type Ask = (url: string, expression: string) => Promise<string>;

async function askChromium(url: string, expression: string): Promise<string> {
  const { context, close } = await openBrowser();
  try {
    const page = await context.newPage();
    await page.goto(url);
    await page.waitForFunction(() => document.title === 'ready');
    return await page.evaluate<string>(expression);
  } finally {
    await close();
  }
}

async function askFirefox(url: string, expression: string): Promise<string> {
  const firefox = await openFirefox(firefoxPath ?? '');
  try {
    await firefox.open(url);
    while ((await firefox.evaluate('document.title')) !== 'ready') await setTimeout(50);
    return String(await firefox.evaluate(expression));
  } finally {
    await firefox.close();
  }
}

const browsers: readonly (readonly [string, Ask])[] = [
  ...(chromiumPath === undefined ? [] : [['Chromium', askChromium] as const]),
  ...(firefoxPath === undefined ? [] : [['Firefox', askFirefox] as const]),
];

describe.skipIf(browsers.length === 0)('one video in Node and in browsers', { timeout: 600_000 }, () => {
  let folder: string;
  let server: Awaited<ReturnType<typeof servePage>>;
  let inNode: readonly SeenFrame[];
  let expression: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fr-stream-parity-'));
    const clip = join(folder, 'clip.mp4');
    await makeClip(clip);

    await using engine = await createEngine({}, await NodeRuntime.open());
    await using codec = new SharpCodec();
    let ids = 0;
    const gallery = await Gallery.open(new MemoryGalleryStore(), { createId: () => `id-${ids++}` });
    for (const [name, sample, nth] of [
      ['Franck', samples.still, 0],
      ['Second', samples.strangers, 1],
    ] as const) {
      const faces = await facesOfPhoto({ ...engine, codec }, await sample());
      const [embedding] = await engine.embedder.embed([faces[nth].aligned]);
      await gallery.enroll(name, [{ embedding, source: 'photo', quality: 1 }]);
    }
    const people = galleryToJson(await gallery.export());
    inNode = await scanInNode(engine, gallery, clip);

    server = await servePage();
    const file = (await readFile(clip)).toString('base64');
    expression = `frStreamTest.scan('${file}', ${JSON.stringify(people)}).then((frames) => JSON.stringify(frames))`;
  }, 600_000);
  afterAll(async () => {
    await server?.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  it.each(browsers)('has the same people in the same tracks in %s, frame by frame', async (name, ask) => {
    const answer = await ask(`${server.url}/test/pages/conformance.html`, expression);
    const inPage = JSON.parse(answer) as readonly SeenFrame[];
    expect(inNode.length).toBeGreaterThan(100);
    const times = (frames: readonly SeenFrame[]) => frames.map(({ timeMs }) => Math.round(timeMs));
    expect(times(inPage)).toEqual(times(inNode));

    const expected = tracks(inNode);
    console.log('tracks', expected);
    expect(new Set(Object.values(expected))).toContain('Franck');
    expect(new Set(Object.values(expected))).toContain('Second');
    expect(Object.values(expected).some((who) => who.startsWith('unknown-'))).toBe(true);
    expect(tracks(inPage)).toEqual(expected);

    // The decoders' pixels differ by a few levels, so a face at the detector's threshold may come a frame later.
    let different = 0;
    let worst = 1;
    for (const [i, { faces }] of inNode.entries()) {
      const others = new Map(inPage[i].faces.map((face) => [face.track, face]));
      const same =
        faces.length === others.size && faces.every(({ track, who }) => others.get(track)?.who === who);
      if (!same) different++;
      for (const { track, box } of faces) {
        const other = others.get(track);
        if (other !== undefined) worst = Math.min(worst, iou(box, other.box));
      }
    }
    console.log(`Node against ${name}: ${different} of ${inNode.length} frames differ, worst IoU ${worst}`);
    expect(different).toBeLessThanOrEqual(inNode.length * 0.02);
    expect(worst).toBeGreaterThan(0.9);
  });
});

/** Who each track was in the end. */
function tracks(frames: readonly SeenFrame[]): Record<number, string> {
  const names = new Map<number, string>();
  for (const { faces } of frames) for (const { track, who } of faces) names.set(track, who);
  return Object.fromEntries(names);
}

async function scanInNode(
  engine: Parameters<typeof openVideo>[0],
  gallery: Gallery,
  clip: string,
): Promise<readonly SeenFrame[]> {
  const frames: SeenFrame[] = [];
  await using source = videoFrames(clip);
  // As in a page: names are shown when they are known, and no frame is held back.
  const video = await openVideo(engine, gallery, { live: true });
  const sink = {
    write: async ({ frame, faces }: FrameFaces) => {
      const seen = faces.map(({ detection, track, identity }) => ({
        track: track?.id ?? 0,
        who: identity?.kind === 'known' ? identity.name : (identity?.label ?? 'unknown'),
        box: track?.box ?? detection.box,
      }));
      frames.push({ timeMs: frame.timeMs, faces: seen });
    },
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  await runPipeline(fromSource(source, { inFlight: video.inFlight }).pipe(video.operator), [sink]);
  return frames;
}
