import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { plainVault } from '@fr-stream/backend-node';
import { openServerDatabase, type Server, type ServerEvent } from '@fr-stream/server';
import { EventStore } from '../src/store/event-store.js';
import { removeFolder, startServer, tempFolder, testEngine } from './support/compose.js';

/** More than a connection may hold back: some two megabytes. */
const MISSED = 4000;

describe('a reader who was away for long', () => {
  let folder: string;
  let engine: Awaited<ReturnType<typeof testEngine>>;
  let server: Server;

  beforeAll(async () => {
    folder = await tempFolder();
    const database = await openServerDatabase(join(folder, 'data/server.db'));
    const store = new EventStore(database, plainVault);
    for (let i = 0; i < MISSED; i++) {
      store.insert({
        schema: 'fr-stream/event@1',
        id: `event-${i}`,
        type: i % 2 === 0 ? 'camera.lost' : 'camera.back',
        at: new Date(Date.now() - (MISSED - i) * 1000).toISOString(),
        gallery: 'home',
        camera: 'door',
        reason: 'a long reason '.repeat(30),
      });
    }
    database.close();
    engine = await testEngine();
    server = await startServer({ engine, folder });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
    await removeFolder(folder);
  });

  it('gets all of it over SSE in one go, however slowly they read', async () => {
    const [answer] = (await once(get(`${server.url}/api/events/stream?after=0`), 'response')) as [
      IncomingMessage,
    ];
    const seqs: number[] = [];
    let text = '';
    for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>) {
      text += chunk;
      for (const [, seq] of text.matchAll(/^id: (\d+)\n.*\n.*\n\n/gm)) seqs.push(Number(seq));
      text = text.slice(text.lastIndexOf('\n\n') + 2);
      if (seqs.length >= MISSED) break;
      if (seqs.length % 5 === 0) await delay(1);
    }
    answer.destroy();
    expect(seqs).toEqual(Array.from({ length: MISSED }, (_, i) => i + 1));
  });

  it('gets all of it over a socket', async () => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/events/ws?after=0`);
    const seqs: number[] = [];
    await new Promise<void>((resolve, reject) => {
      socket.on('message', (data) => {
        seqs.push((JSON.parse(String(data)) as ServerEvent).seq);
        if (seqs.length === MISSED) resolve();
      });
      socket.on('close', () => reject(new Error(`closed after ${seqs.length}`)));
    });
    socket.close();
    expect(seqs).toEqual(Array.from({ length: MISSED }, (_, i) => i + 1));
  });
});
