import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { BackOff, type Server, type ServerEvent } from '@fr-stream/server';
import { findFfmpeg } from '@fr-stream/stream';
import { freePort } from './support/broker.js';
import { removeFolder, samples, startServer, tempFolder, testEngine, until } from './support/compose.js';

const running = new Set<ChildProcess>();

/** An encoder that waits for whoever wants its picture by RTMP, as software of streamers does. */
async function encoder(video: string, url: string): Promise<ChildProcess> {
  const { path } = await findFfmpeg();
  const input = ['-v', 'error', '-re', '-stream_loop', '-1', '-i', video, '-an'];
  const coded = ['-vf', 'fps=10,scale=-2:240', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10'];
  const child = spawn(path, [...input, ...coded, '-f', 'flv', '-listen', '1', url], { stdio: 'ignore' });
  running.add(child);
  return child;
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
  running.delete(child);
}

describe('an RTMP source', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await tempFolder();
  });
  afterAll(async () => {
    for (const child of running) child.kill('SIGKILL');
    await removeFolder(folder);
  });

  it('is watched, lost and back', async () => {
    const url = `rtmp://127.0.0.1:${await freePort()}/live/door`;
    const video = await samples.franck();
    const first = await encoder(video, url);
    await using engine = await testEngine();
    await using server: Server = await startServer({
      engine,
      folder,
      cameraBackOff: () => new BackOff(200, 500),
      config: { cameras: { door: { url, maxFps: 5 } } },
    });
    const status = () => server.cameras.get('door')?.info.status;
    const events = async (): Promise<readonly string[]> => {
      const answer = await fetch(`${server.url}/api/events?limit=100`);
      return ((await answer.json()) as { events: ServerEvent[] }).events.map(({ type }) => type);
    };
    await until('somebody', async () => (await events()).includes('stranger.appeared'));
    await ended(first);
    await until('the loss', async () => (await events()).includes('camera.lost'));
    const second = await encoder(video, url);
    await until('the return', async () => (await events()).includes('camera.back'));
    const before = status()?.frames ?? 0;
    await until('pictures again', () => (status()?.frames ?? 0) > before + 3);
    await ended(second);
  });
});
