import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { preview } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, ffmpeg, openBrowser, run, samples } from './browser.js';

const root = join(import.meta.dirname, '..', '..', '..');
const node = process.execPath;

/** What a user gets: the packages as npm would publish them, in a plain Vite app outside of this repository. */
describe('the published packages in a plain Vite app', { timeout: 240_000 }, () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fr-stream-vite-'));
    await cp(join(root, 'examples', 'web-pipeline'), folder, { recursive: true });
    const packages = [
      'packages/core',
      'models',
      'packages/engine',
      'packages/backend-web',
      'packages/model-files',
    ];
    for (const name of packages)
      await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: join(root, name) });
    const tarballs = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
    const files = tarballs.map((name) => `./${name}`);
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...files], { cwd: folder });
    await run('npm', ['run', 'models'], { cwd: folder });
  }, 240_000);
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('are typed, and build to a small page with the WASM file beside it', async () => {
    await run(node, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', folder]);
    await run(node, [join(folder, 'node_modules', 'vite', 'bin', 'vite.js'), 'build'], { cwd: folder });
    const built = await readdir(join(folder, 'dist', 'assets'));
    expect(built).toContainEqual(expect.stringMatching(/^ort-wasm-simd-threaded.*\.wasm$/));
    const [entry] = built.filter((name) => /^index-.*\.js$/.test(name));
    const code = await readFile(join(folder, 'dist', 'assets', entry), 'utf8');
    // Tree-shaken: neither schemas (zod) nor the demuxer (mediabunny) nor the worker (comlink) are needed here.
    expect(code).not.toMatch(/ZodError|matroska|comlink/i);
    // The engine is in it: trackers, analysers and all that an option may ask for.
    expect(code.length).toBeLessThan(265_000);
    expect((await readFile(join(folder, 'src', 'main.ts'), 'utf8')).split('\n').length).toBeLessThan(40);
  });

  it.skipIf(chromiumPath === undefined)(
    'name a face that was clicked, and load nothing from elsewhere',
    async () => {
      const clip = join(folder, 'clip.mp4');
      await run(ffmpeg.path, [
        ...['-y', '-ss', '5', '-t', '30', '-i', await samples.video()],
        ...['-an', '-c:v', 'libx264', '-pix_fmt', 'yuv420p', clip],
      ]);
      const server = await preview({
        root: folder,
        configFile: false,
        logLevel: 'error',
        preview: { port: 0, host: '127.0.0.1' },
      });
      const browser = await openBrowser(['--autoplay-policy=no-user-gesture-required']);
      try {
        const address = server.httpServer.address();
        if (address === null || typeof address === 'string')
          throw new Error('The preview server has no port.');
        const url = `http://127.0.0.1:${address.port}`;
        const page = await browser.context.newPage();
        const errors: string[] = [];
        page.on('pageerror', (error) => errors.push(String(error)));
        page.on('dialog', (dialog) => void dialog.accept('Franck'));
        await page.goto(url);
        // The handler is set once the models are loaded.
        await page.waitForFunction(() => document.querySelector('input')?.onchange !== null, undefined, {
          timeout: 90_000,
        });
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
            return count === 0
              ? undefined
              : { x: box.x + (x / count) * scale, y: box.y + (y / count) * scale };
          });
        await expect.poll(middle, { timeout: 90_000 }).toBeDefined();
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
            { timeout: 90_000, interval: 1000 },
          )
          .toEqual(['Franck']);
        expect(browser.requests.filter((request) => !request.startsWith(`${url}/`))).toEqual([]);
        expect(errors).toEqual([]);
      } finally {
        await browser.close();
        await server.close();
      }
    },
  );
});
