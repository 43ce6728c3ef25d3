import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqliteGalleryStore } from '@fr-stream/backend-node';
import { BackOff, type Server, type ServerEvent } from '@fr-stream/server';
import { listSegments } from '@fr-stream/stream';
import { removeFolder, samples, startServer, tempFolder, testEngine, until } from './support/compose.js';
import { hasRtspServer, RtspServer } from './support/rtsp-server.js';

const bin = fileURLToPath(new URL('../../cli/bin/fr-stream.js', import.meta.url));

/** The command lines of all processes, as every user of the machine sees them. */
const commandLines = (): string => spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).stdout;

describe.skipIf(!hasRtspServer)('an RTSP camera with a password', () => {
  let folder: string;
  let camera: RtspServer;

  beforeAll(async () => {
    folder = await tempFolder();
    camera = await RtspServer.start(await samples.franck());
  });
  afterAll(async () => {
    await camera[Symbol.asyncDispose]();
    await removeFolder(folder);
  });

  it('is watched and recorded, lost and back, and no command line tells its password', async () => {
    await using engine = await testEngine();
    await using server: Server = await startServer({
      engine,
      folder,
      cameraBackOff: () => new BackOff(200, 500),
      config: {
        cameras: { yard: { url: camera.url, maxFps: 5, maxHeight: 360, record: { segmentSeconds: 5 } } },
      },
    });
    const status = () => server.cameras.get('yard')?.info.status;
    const events = async (): Promise<readonly string[]> => {
      const answer = await fetch(`${server.url}/api/events?type=camera.*&limit=100`);
      return ((await answer.json()) as { events: ServerEvent[] }).events.map(({ type }) => type);
    };
    await until('pictures', () => (status()?.searched ?? 0) > 3);
    await until('a recording', async () =>
      (await server.cameras.recordings.list('yard')).some(({ bytes }) => bytes > 20_000),
    );
    const running = commandLines();
    expect(running).toMatch(/rtsp:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}/);
    expect(running).not.toContain('s3cret-word');
    await camera.switchOff();
    await until('the loss', async () => (await events()).includes('camera.lost'));
    await camera.switchOn();
    await until('the return', async () => (await events()).includes('camera.back'));
    const before = status()?.frames ?? 0;
    await until('pictures again', () => (status()?.frames ?? 0) > before + 3);
  });

  it('is tagged by the command for a while, with what it sent kept, through an outage', async () => {
    const kept = join(folder, 'kept');
    await (await SqliteGalleryStore.open(join(folder, 'tag.db')))[Symbol.asyncDispose]();
    let running = '';
    const { code, lines } = await new Promise<{ code: number; lines: { event?: string; schema: string }[] }>(
      (resolve) => {
        const args = [
          bin,
          camera.url,
          '-g',
          join(folder, 'tag.db'),
          '--json',
          '--duration',
          '12',
          '--fps',
          '5',
        ];
        const child = execFile(
          process.execPath,
          [...args, '--retry', 'forever', '--record', kept],
          { maxBuffer: 2 ** 26 },
          (error, stdout) =>
            resolve({
              code: error === null ? 0 : Number(error.code),
              lines: stdout
                .split('\n')
                .filter((line) => line !== '')
                .map((line) => JSON.parse(line) as { event?: string; schema: string }),
            }),
        );
        // As soon as it has told of a picture.
        child.stdout?.once('data', () => {
          running = commandLines();
          void camera.switchOff().then(() => camera.switchOn());
        });
      },
    );
    expect(code).toBe(0);
    expect(running).toContain('--retry forever');
    expect(running).not.toContain('s3cret-word');
    const told = lines.filter(({ schema }) => schema === 'fr-stream/source@1').map(({ event }) => event);
    expect(told).toEqual(['lost', 'back']);
    expect((await listSegments(kept)).some(({ bytes }) => bytes > 10_000)).toBe(true);
  });
});
