import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findFfmpeg, listSegments, recordSegments, removeOldSegments, videoFrames } from '../src/index.js';

/** An endless stream over HTTP that can be cut off. */
describe('a live stream', () => {
  let server: Server;
  let url: string;
  let refusing = false;
  const viewers = new Map<ServerResponse, ChildProcess>();

  beforeEach(async () => {
    const { path } = await findFfmpeg();
    refusing = false;
    server = createServer((_request, response) => {
      if (refusing) {
        response.writeHead(503).end();
        return;
      }
      response.writeHead(200, { 'content-type': 'video/mp2t' });
      const source = ['-v', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=10'];
      const encoder = ['-c:v', 'mpeg2video', '-g', '5', '-f', 'mpegts', 'pipe:1'];
      const child = spawn(path, [...source, ...encoder], { stdio: ['ignore', 'pipe', 'ignore'] });
      viewers.set(response, child);
      child.stdout.pipe(response);
      response.on('error', () => undefined);
      response.on('close', () => {
        child.kill('SIGKILL');
        viewers.delete(response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterEach(async () => {
    for (const child of viewers.values()) child.kill('SIGKILL');
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('ends after the duration that was asked for, and that is no loss', async () => {
    const told: string[] = [];
    await using source = videoFrames(url, {
      live: true,
      durationMs: 2000,
      reconnect: { delayMs: 50, onLost: () => told.push('lost'), onBack: () => told.push('back') },
    });
    let last = 0;
    for await (const frame of source.frames()) {
      last = frame.timeMs;
      frame[Symbol.dispose]();
    }
    expect(last).toBeGreaterThan(1000);
    expect(last).toBeLessThan(2600);
    expect(source.problem).toBeUndefined();
    expect(told).toEqual([]);
  });

  it('says once that it is lost and once that it is back, and ends in time all the same', async () => {
    const told: string[] = [];
    await using source = videoFrames(url, {
      live: true,
      durationMs: 20_000,
      reconnect: {
        retries: Infinity,
        delayMs: 50,
        maxDelayMs: 100,
        onLost: () => {
          told.push('lost');
          refusing = false;
        },
        onBack: () => told.push('back'),
      },
    });
    let count = 0;
    for await (const frame of source.frames()) {
      frame[Symbol.dispose]();
      // ffmpeg itself gets over a short cut; this server is away until somebody notices.
      if (++count !== 8) continue;
      refusing = true;
      for (const response of viewers.keys()) response.destroy();
    }
    expect(told).toEqual(['lost', 'back']);
    expect(source.problem).toBeUndefined();
  });

  it('is recorded as files by the clock, and the old ones go', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fr-stream-segments-'));
    const abort = new AbortController();
    // Begun half way between two marks of the clock: segments counted from the beginning would begin there, and three
    // seconds are left to a busy machine for the key frame after a mark.
    const segmentSeconds = 6;
    while (Math.floor(Date.now() / 1000) % segmentSeconds !== 3)
      await new Promise((resolve) => setTimeout(resolve, 50));
    const recording = recordSegments(url, { folder, segmentSeconds }, abort.signal);
    while ((await listSegments(folder)).length < 3) await new Promise((resolve) => setTimeout(resolve, 100));
    abort.abort();
    await recording;
    const [first, second, ...rest] = await listSegments(folder);
    expect(Number(second?.name.slice(17, 19)) % segmentSeconds).toBeLessThan(3);
    await using source = videoFrames(join(folder, second?.name ?? ''));
    let frames = 0;
    for await (const frame of source.frames()) {
      frames++;
      frame[Symbol.dispose]();
    }
    expect(frames).toBeGreaterThan(10);

    await writeFile(join(folder, 'mine.mp4'), 'not ours');
    const old = new Date(Date.now() - 3 * 86_400_000);
    await utimes(join(folder, first?.name ?? ''), old, old);
    expect(await removeOldSegments({ folder, keepDays: 2 })).toEqual([first?.name]);
    expect(await removeOldSegments({ folder, keepGigabytes: 1e-9 })).toEqual(
      [second, ...rest].slice(0, -1).map((segment) => segment?.name),
    );
    expect((await listSegments(folder)).length).toBe(1);
    await rm(folder, { recursive: true });
  });

  it('is recorded on when its other end had fallen silent without a word', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fr-stream-segments-'));
    const abort = new AbortController();
    const lost: string[] = [];
    const options = {
      folder,
      segmentSeconds: 2,
      stallMs: 3000,
      onLost: (reason: string) => lost.push(reason),
    };
    const recording = recordSegments(url, options, abort.signal);
    const segments = async (least: number): Promise<void> => {
      while ((await listSegments(folder)).length < least)
        await new Promise((resolve) => setTimeout(resolve, 100));
    };
    await segments(1);
    for (const child of viewers.values()) child.kill('SIGSTOP');
    while (lost.length === 0) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(lost[0]).toMatch(/nothing has come for 3 s/);
    await segments((await listSegments(folder)).length + 1);
    abort.abort();
    await recording;
    await rm(folder, { recursive: true });
  });
});
