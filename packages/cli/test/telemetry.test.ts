import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AssetCache, userCacheFolder } from '@fr-stream/backend-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO_ASSETS } from '../src/demo/assets.js';
import { runCli } from './run-cli.js';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'fr-stream-home-'));
});
afterAll(async () => rm(home, { recursive: true, force: true }));

describe('onnxruntime', () => {
  it('leaves no device id and no events behind, wherever the user keeps caches', async () => {
    const [, , , first, second] = await new AssetCache().fetchAll(Object.values(DEMO_ASSETS));
    // Models come from the cache that is there; all else is as on a new machine.
    const env = {
      HOME: home,
      XDG_CACHE_HOME: join(home, 'cache'),
      XDG_DATA_HOME: join(home, 'data'),
      XDG_CONFIG_HOME: join(home, 'config'),
      FR_STREAM_CACHE: userCacheFolder(),
      // What a user set before is no leave to send.
      ORT_DISABLE_TELEMETRY: '0',
    };
    const run = await runCli(['verify', String(first), String(second), '--min-quality', '0'], { env });
    expect(run.stderr).toBe('');
    expect(run.stdout).toMatch(/^(same person|different people)\n/);
    const left = await readdir(home, { recursive: true });
    expect(left.filter((name) => /onnxruntime|deviceid|microsoft/i.test(name))).toEqual([]);
  });

  it('is not loaded by a thread that cannot switch its telemetry off', async () => {
    const module = new URL('../../backend-node/worker/onnxruntime.mjs', import.meta.url).href;
    const script = `import(${JSON.stringify(module)}).then(
      ({ onnxruntime }) => { onnxruntime(); postMessage('loaded'); }).catch((error) => postMessage(error.message));
      const { parentPort } = require('node:worker_threads');
      function postMessage(value) { parentPort.postMessage(value); }`;
    const answer = (env: NodeJS.ProcessEnv): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const worker = new Worker(script, { eval: true, env });
        worker.once('message', (value) => {
          resolve(value);
          void worker.terminate();
        });
        worker.once('error', reject);
      });
    const without = { ...process.env };
    delete without['ORT_DISABLE_TELEMETRY'];
    expect(await answer(without)).toMatch(/would send telemetry.*ORT_DISABLE_TELEMETRY=1/);
    expect(await answer({ ...process.env, ORT_DISABLE_TELEMETRY: '1' })).toBe('loaded');
  });
});
