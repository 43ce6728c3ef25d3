import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {} from '@fr-stream/browser/element';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, ffmpeg, openBrowser, run, samples, type Session } from './browser.js';
import { serveFolders } from './serve-folders.js';

const root = join(import.meta.dirname, '..', '..', '..');
const node = process.execPath;
/** The hook in a page that changes what it is given, and takes it away. */
const HOOK_PAGE = `
import { useFaceTagger } from '@fr-stream/browser/react';
import { createElement, StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
function Tagger(options) {
  const { video, state, error, faces, name } = useFaceTagger(options);
  window.call = (given) => name(faces[0], given);
  const clip = { ref: video, src: '/custom-element/clip.mp4', muted: true, autoPlay: true, loop: true };
  const names = faces.map(({ identity }) => identity.name ?? 'a stranger');
  const status = state === 'failed' ? 'failed ' + error.message : state;
  return [createElement('video', clip), createElement('p', { role: 'status' }, status, ' ', ...names)].map(
    (element, key) => createElement('div', { key }, element));
}
function App() {
  const [options, change] = useState({ base: '/fr-stream/', gallery: 'hook' });
  window.change = change;
  return options && createElement(Tagger, options);
}
createRoot(document.body).render(createElement(StrictMode, null, createElement(App)));`;
const PATIENCE = { timeout: 60_000 };

/** What several tests need, done by the first of them: each can be run alone. */
function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= act());
}

/** What a user gets: the packages as npm would publish them, outside of this repository; with Vite, and with no bundler. */
describe('the published packages', { timeout: 240_000 }, () => {
  let folder: string;
  const vite = (...args: readonly string[]) =>
    run(node, [join(folder, 'node_modules', 'vite', 'bin', 'vite.js'), ...args], { cwd: folder });
  const tsc = (project: string) =>
    run(node, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', project]);

  const buildPipeline = once(async () => void (await vite('build')));
  const buildPages = once(async () => {
    await vite('build', 'web/react', '--outDir', '../built/react', '--base', './');
    const hook = join(folder, 'web', 'hook');
    await mkdir(hook);
    await writeFile(join(hook, 'main.js'), HOOK_PAGE);
    await writeFile(join(hook, 'index.html'), '<body><script type="module" src="./main.js"></script></body>');
    // React mounts twice while one develops, only then.
    const args = ['build', 'web/hook', '--outDir', '../built/hook', '--base', './'];
    await run(node, [join(folder, 'node_modules', 'vite', 'bin', 'vite.js'), ...args], {
      cwd: folder,
      env: { ...process.env, NODE_ENV: 'development' },
    });
  });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fr-stream-vite-'));
    const [pipeline, pages] = [join(root, 'examples', 'web-pipeline'), join(root, 'examples', 'web')];
    await cp(pipeline, folder, { recursive: true });
    await cp(pages, join(folder, 'web'), { recursive: true });
    const names = ['core', 'engine', 'backend-web', 'browser', 'model-files'].map(
      (name) => `packages/${name}`,
    );
    for (const name of ['models', ...names])
      await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: join(root, name) });
    const tarballs = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
    // Both examples' packages at once.
    const { dependencies, devDependencies } = JSON.parse(
      await readFile(join(pages, 'package.json'), 'utf8'),
    ) as Record<'dependencies' | 'devDependencies', Record<string, string>>;
    const others = Object.entries({ ...dependencies, ...devDependencies })
      .filter(([name]) => !name.startsWith('@fr-stream/'))
      .map(([name, range]) => `${name}@${range}`);
    const wanted = [...tarballs.map((name) => `./${name}`), ...others];
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...wanted], {
      cwd: folder,
    });
    await run('npm', ['run', 'models'], { cwd: folder });
    const copier = ['fr-stream-browser', '--no-webgpu', '--also', 'faceplugin-pose', 'web/public/fr-stream'];
    await run('npm', ['exec', '--no', '--', ...copier], { cwd: folder });
  }, 240_000);
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('are typed, and build to a small page with the WASM file beside it', async () => {
    await tsc(folder);
    await tsc(join(folder, 'web'));
    await buildPipeline();
    const built = await readdir(join(folder, 'dist', 'assets'));
    expect(built).toContainEqual(expect.stringMatching(/^ort-wasm-simd-threaded.*\.wasm$/));
    const [entry] = built.filter((name) => /^index-.*\.js$/.test(name));
    const code = await readFile(join(folder, 'dist', 'assets', entry), 'utf8');
    // Tree-shaken: neither schemas (zod) nor the demuxer (mediabunny) nor the worker (comlink) are needed here.
    expect(code).not.toMatch(/ZodError|matroska|comlink/i);
    // The engine is in it: trackers, analysers and all that an option may ask for.
    expect(code.length).toBeLessThan(310_000);
    expect((await readFile(join(folder, 'src', 'main.ts'), 'utf8')).split('\n').length).toBeLessThan(40);
  });

  it('hold everything in one file, and only what is needed', async () => {
    const file = join(folder, 'web', 'public', 'fr-stream', 'face-tagger.js');
    const code = await readFile(file, 'utf8');
    expect(code.includes('ZodError')).toBe(false);
    expect(code.length).toBeLessThan(830_000);
    // The hook is for those who have a bundler: the worker does the work, so that the page's part is small.
    await buildPages();
    const built = await readdir(join(folder, 'web', 'built', 'react', 'assets'));
    expect(built).not.toContainEqual(expect.stringMatching(/\.wasm$/));
  });

  describe.skipIf(chromiumPath === undefined)('in Chromium', () => {
    let browser: Session;
    let server: Awaited<ReturnType<typeof serveFolders>>;
    let page: Page;
    let clip: string;
    const errors: string[] = [];
    let asked: string | undefined;

    beforeAll(async () => {
      await buildPipeline();
      await buildPages();
      clip = join(folder, 'clip.mp4');
      const camera = join(folder, 'camera.mjpeg');
      const video = await samples.video();
      const from = ['-y', '-loglevel', 'error', '-ss', '5', '-i', video, '-an'];
      await run(ffmpeg.path, [...from, '-t', '3', '-c:v', 'libx264', '-pix_fmt', 'yuv420p', clip]);
      await run(ffmpeg.path, [...from, '-t', '3', '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', camera]);
      const web = join(folder, 'web');
      await cp(clip, join(web, 'custom-element', 'clip.mp4'));
      server = await serveFolders(join(web, 'built'), web, join(web, 'public'), join(folder, 'dist'));
      browser = await openBrowser([
        ...['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'],
        ...[`--use-file-for-fake-video-capture=${camera}`, '--autoplay-policy=no-user-gesture-required'],
      ]);
      page = await browser.context.newPage();
      page.on('pageerror', (error) => errors.push(String(error)));
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(message.text());
      });
      page.on('dialog', (dialog) => void dialog.accept(asked));
    });
    afterAll(async () => {
      await browser?.close();
      server?.close();
    });

    const open = (example: string) => page.goto(`${server.url}/${example}/`);
    /** Once the page would take it. */
    const give = async (...files: readonly string[]) => {
      await page.waitForFunction(() => document.querySelector('input')?.disabled === false, null, PATIENCE);
      await page.setInputFiles('input', [...files]);
    };
    /** Where the n-th face of a `<face-tagger>` is on the page. */
    const faceOf = async () => {
      await expect
        .poll(() => page.evaluate(() => document.querySelector('face-tagger')?.faces.length), PATIENCE)
        .toBeGreaterThan(0);
      return await page.evaluate(() => {
        const tagger = document.querySelector('face-tagger');
        const canvas = tagger?.shadowRoot?.querySelector('#overlay');
        const { x, y, width, height } = tagger?.faces[0].detection.box ?? { x: 0, y: 0, width: 0, height: 0 };
        const shown = canvas?.getBoundingClientRect() ?? new DOMRect();
        const media = tagger?.shadowRoot?.querySelector('img');
        const scale = shown.width / (media?.naturalWidth ?? 1);
        return { x: shown.x + (x + width / 2) * scale, y: shown.y + (y + height / 2) * scale };
      });
    };

    /** The galleries of all pages here know Franck from then on, by a click in `web-pipeline`. */
    const franck = once(async () => {
      asked = 'Franck';
      await page.goto(`${server.url}/index.html`);
      // The handler is set once the models are loaded.
      await page.waitForFunction(() => document.querySelector('input')?.onchange !== null, null, PATIENCE);
      await page.setInputFiles('input', clip);
      const middle = () =>
        page.evaluate(() => {
          const canvas = document.querySelector('canvas');
          const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height);
          if (!canvas || !pixels) return undefined;
          let [count, x, y] = [0, 0, 0];
          for (let i = 3; i < pixels.data.length; i += 4) {
            if (pixels.data[i] === 0) continue;
            count++;
            x += ((i - 3) / 4) % canvas.width;
            y += Math.floor((i - 3) / 4 / canvas.width);
          }
          const box = canvas.getBoundingClientRect();
          const scale = box.width / canvas.width;
          return count === 0 ? undefined : { x: box.x + (x / count) * scale, y: box.y + (y / count) * scale };
        });
      const names = () =>
        page.evaluate(async () => {
          const open = indexedDB.open('fr-stream-gallery');
          await new Promise((resolve) => (open.onsuccess = resolve));
          const all = open.result.transaction('people').objectStore('people').getAll();
          await new Promise((resolve) => (all.onsuccess = resolve));
          open.result.close();
          return (all.result as { name: string }[]).map(({ name }) => name);
        });
      // The face may move on between a look and the click.
      await expect
        .poll(
          async () => {
            const target = await middle();
            if (target !== undefined) await page.mouse.click(target.x, target.y + 10);
            return await names();
          },
          { ...PATIENCE, interval: 500 },
        )
        .toEqual(['Franck']);
    });

    /** And Ada from then on, by a click in `name-by-click`; `custom-element` has her file. */
    const ada = once(async () => {
      asked = 'Ada';
      await open('name-by-click');
      await give(await samples.still());
      const { x, y } = await faceOf();
      await page.mouse.click(x, y);
      await page.locator('ul li').getByText('Ada (1)').waitFor(PATIENCE);
      const people = await page.evaluate(() =>
        document.querySelector('face-tagger')?.engine?.exportGallery(),
      );
      await writeFile(join(folder, 'web', 'custom-element', 'people.json'), people ?? '');
    });

    it('web-pipeline names a face that was clicked', () => franck());

    it('tag-video says who is in view', async () => {
      await franck();
      await open('tag-video');
      await page.waitForFunction(() => 'ready' in document.body.dataset, null, PATIENCE);
      await give(clip);
      // Learnt by another page: both keep names in the same gallery.
      await page.locator('output').getByText('Franck').waitFor(PATIENCE);
    });

    it('webcam says who comes', async () => {
      await franck();
      await open('webcam');
      await page.locator('button').first().click();
      await page.locator('ol li').getByText('Franck came').waitFor(PATIENCE);
    });

    it('name-by-click learns a face of a photo, and blur hides the others', async () => {
      await ada();
      await open('blur');
      // Not even before it was looked at.
      const bare = () =>
        page.evaluate(() => {
          const media =
            document.querySelector('face-tagger')?.shadowRoot?.querySelectorAll('video, img') ?? [];
          return [...media].map((one) => getComputedStyle(one).opacity);
        });
      expect(await bare()).toEqual(['0', '0']);
      const detail = () =>
        page.evaluate(() => {
          const tagger = document.querySelector('face-tagger');
          const hidden = tagger?.shadowRoot?.querySelector<HTMLCanvasElement>('#hidden');
          const context = hidden?.getContext('2d');
          const image = tagger?.shadowRoot?.querySelector('img');
          if (!tagger || !hidden || !context || !image || hidden.hidden) return [];
          const plain = new OffscreenCanvas(hidden.width, hidden.height).getContext('2d');
          plain?.drawImage(image, 0, 0, hidden.width, hidden.height);
          // How much neighbours differ within each face: of what is shown, as a part of what was there.
          const steps = (from: typeof context | typeof plain, x: number, y: number, w: number, h: number) => {
            const { data } = from?.getImageData(x, y, w, h) ?? { data: [] };
            let sum = 0;
            for (let i = 4; i < data.length; i += 4) sum += Math.abs(data[i] - data[i - 4]);
            return sum;
          };
          return tagger.faces.map(({ detection: { box } }) => {
            const [a, b, w, h] = [box.x, box.y, box.width, box.height].map(Math.round);
            return steps(context, a, b, w, h) / steps(plain, a, b, w, h);
          });
        });
      await give(await samples.strangers());
      await expect.poll(detail, PATIENCE).not.toEqual([]);
      const faces = await detail();
      expect(faces.length).toBeGreaterThanOrEqual(4);
      expect(Math.max(...faces)).toBeLessThan(0.5);
      await give(await samples.still());
      // Ada has a name.
      await expect.poll(detail, PATIENCE).toEqual([1]);
    });

    it('photo-search finds the photos of a face', async () => {
      await franck();
      await open('photo-search');
      await give(await samples.still(), await samples.strangers(), await samples.otherStill());
      await expect.poll(() => page.locator('#faces button').count(), PATIENCE).toBeGreaterThanOrEqual(6);
      await page.locator('#faces button').first().click();
      await page.locator('output').getByText(', ').waitFor(PATIENCE);
      const [a, b] = [await samples.still(), await samples.otherStill()].map((path) =>
        path.split('/').at(-1),
      );
      expect(await page.locator('output').textContent()).toBe([a, b].join(', '));
      // The same on the page's own thread, for those who may start no worker; and who cannot find the files is told.
      // As text: what vitest makes of an import would not run in a page.
      const [names, refused] = await page.evaluate<[string[], string]>(`(async () => {
        const { openFaceEngine } = await import('/fr-stream/face-tagger.js');
        const { engine } = await openFaceEngine({ thread: 'page' });
        await engine.begin('photos');
        const [file] = document.querySelector('input').files;
        const { faces } = await engine.openPhoto(file, { source: file.name, index: 0, timeMs: 0 });
        await engine.close();
        const { code } = await openFaceEngine({ base: '/nowhere/' }).catch((error) => error);
        return [faces.map(({ identity }) => identity.kind), code];
      })()`);
      // What an element with "analyze" tells of a photo's face, and of one of what plays; of what stands still, the threshold, the
      // models and the people of now count, not those of its last frame.
      const [poses, still] = await page.evaluate<[{ pose?: { yaw: number } }[][], unknown[]]>(`(async () => {
        const tagger = document.createElement('face-tagger');
        tagger.setAttribute('analyze', 'pose');
        const told = () => new Promise((resolve, reject) => {
          tagger.addEventListener('error', ({ error }) => reject(error));
          tagger.addEventListener('faces', ({ detail: { faces } }) => {
            const found = faces.flatMap(({ attributes }) => (attributes?.pose ? [attributes] : []));
            if (found.length > 0) resolve(found);
          });
        });
        [tagger.srcObject] = document.querySelector('input').files;
        const photo = told();
        document.body.append(tagger);
        const all = [await photo];
        tagger.srcObject = null;
        const video = told();
        tagger.src = '/custom-element/clip.mp4';
        all.push(await video);
        const shown = tagger.shadowRoot.querySelector('video');
        shown.pause();
        const { currentTime } = shown;
        const until = async (wanted) => {
          while (!wanted(tagger.faces[0])) await new Promise((resolve) => setTimeout(resolve, 20));
          return tagger.faces[0].identity.name ?? 'a stranger';
        };
        const still = [];
        tagger.setAttribute('threshold', '1');
        still.push(await until(({ identity }) => identity.kind === 'unknown'));
        tagger.setAttribute('threshold', '0.4');
        still.push(await until(({ identity }) => identity.kind === 'known'));
        const [{ id }] = (await tagger.engine.people()).filter(({ name }) => name === 'Franck');
        await tagger.engine.rename(id, 'Francis');
        still.push(await until(({ identity }) => identity.name === 'Francis'));
        await tagger.engine.rename(id, 'Franck');
        // Whom to hide is changed in what is shown, which does not begin anew.
        tagger.setAttribute('blur', 'all');
        const hidden = tagger.shadowRoot.querySelector('#hidden');
        while (hidden.hidden) await new Promise((resolve) => setTimeout(resolve, 20));
        tagger.removeAttribute('blur');
        while (!hidden.hidden) await new Promise((resolve) => setTimeout(resolve, 20));
        // Another engine takes over.
        tagger.removeAttribute('analyze');
        still.push(await until(({ attributes }) => attributes === undefined));
        still.push(shown.paused && shown.currentTime === currentTime);
        tagger.remove();
        return [all, still];
      })()`);
      expect(still).toEqual(['a stranger', 'Franck', 'Francis', 'Franck', true]);
      // He looks towards the camera.
      expect(poses.map(([face]) => Math.abs(face.pose?.yaw ?? NaN) < 45)).toEqual([true, true]);
      expect(names).toEqual(['known']);
      expect(refused).toBe('BACKEND_LOAD_FAILED');
    });

    it('export-events writes every frame', async () => {
      await open('export-events');
      await give(clip);
      const link = page.locator('a');
      await link.waitFor(PATIENCE);
      const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
      const [, frames, withFaces] =
        /^(\d+) frames, (\d+) with faces$/.exec((await page.locator('output').textContent()) ?? '') ?? [];
      expect(frames).toBe('72');
      expect(Number(withFaces)).toBeGreaterThan(60);
      const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n');
      expect(lines).toHaveLength(Number(withFaces));
      expect(JSON.parse(lines[0])).toMatchObject({ schema: 'fr-stream/faces@1', source: 'clip.mp4' });
    });

    it('custom-element knows whom its people.json holds, and react names as it plays', async () => {
      await franck();
      await ada();
      await open('custom-element');
      await page.locator('face-tagger button').getByText('Ada').first().waitFor(PATIENCE);
      await open('react');
      await page.getByText('ready').waitFor(PATIENCE);
      await give(clip);
      await page.locator('li').getByText('Franck').first().waitFor(PATIENCE);
    });

    it('the hook lets go of what it opened, twice in StrictMode, takes other options, and says what is wrong', async () => {
      const change = (options: unknown) =>
        page.evaluate((given) => Reflect.get(window, 'change')(given), options);
      const says = (text: string) => page.getByRole('status').getByText(text).first().waitFor(PATIENCE);
      const workers = () => expect.poll(() => page.workers().length, PATIENCE);
      const options = { base: '/fr-stream/', gallery: 'hook' };
      await open('hook');
      await says('ready a stranger');
      await workers().toBe(1);
      await page.evaluate(() => Reflect.get(window, 'call')('Hanna'));
      await says('ready Hanna');
      await change({ ...options, threshold: 1 });
      await says('ready a stranger');
      await change({ ...options, base: '/nowhere/' });
      await says('failed');
      await change({ ...options, threshold: 0.4 });
      await says('ready Hanna');
      await workers().toBe(1);
      await change(false);
      await workers().toBe(0);
    });

    it('and load nothing from elsewhere, without an error', () => {
      expect(browser.requests.filter((request) => !request.startsWith(`${server.url}/`))).toEqual([]);
      expect(errors).toEqual([]);
    });
  });
});
