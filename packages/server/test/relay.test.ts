import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  connect,
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
} from 'node:net';
import { videoFrames } from '@fr-stream/stream';
import { afterEach, describe, expect, it } from 'vitest';
import { NetworkPolicy } from '../src/auth/network.js';
import { relayCamera } from '../src/cameras/relay/relay.js';
import { RtspReader, writeMessage } from '../src/cameras/relay/rtsp-messages.js';
import { freePort } from './support/broker.js';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const commandLines = (): readonly string[] =>
  spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).stdout.split('\n');
const open: (Server | TcpServer)[] = [];

async function listening<S extends Server | TcpServer>(server: S): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
const httpCamera = (answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> =>
  listening(createServer(answer));

/** Names that point to this machine, as somebody's own name server might say of them. */
const toHere = async (): Promise<{ address: string }[]> => [{ address: '127.0.0.1' }];

afterEach(async () => {
  for (const server of open.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  }
});

describe('the way to an HTTP camera', () => {
  it('says the password to the camera, by digest, and not to whoever reads the command line', async () => {
    const said: (string | undefined)[] = [];
    const port = await httpCamera((request, response) => {
      const { authorization = '' } = request.headers;
      said.push(authorization);
      const [, nonce, uri, answer] =
        /nonce="([^"]*)", uri="([^"]*)", response="([^"]*)"/.exec(authorization) ?? [];
      const right = md5(`${md5('ada:the yard:s3cret')}:${nonce ?? ''}:${md5(`GET:${uri ?? ''}`)}`);
      if (answer === right && nonce === 'n1')
        return response.writeHead(200).end(`pictures of ${request.url ?? ''}`);
      return response.writeHead(401, { 'www-authenticate': 'Digest realm="the yard", nonce="n1"' }).end();
    });
    await using relay = await relayCamera(`http://ada:s3cret@127.0.0.1:${port}/video?token=abc`, undefined);
    expect(relay.url).not.toMatch(/s3cret|ada|abc/);
    const answer = await fetch(relay.url);
    expect(await answer.text()).toBe('pictures of /video?token=abc');
    expect(said).toHaveLength(2);
    // Others do not know the token.
    expect((await fetch(new URL('/video', relay.url))).status).toBe(404);
  });

  it('leaves addresses without a secret alone', async () => {
    await using relay = await relayCamera('rtsp://camera.local/stream', undefined);
    expect(relay.url).toBe('rtsp://camera.local/stream');
  });

  it('is not led into an inner network by a redirect, nor by a name that changes its mind', async () => {
    let reached = 0;
    const inner = await httpCamera((_request, response) => {
      reached++;
      response.end('the secrets of the house');
    });
    const port = await httpCamera((_request, response) =>
      response.writeHead(302, { location: `http://inner.example:${inner}/` }).end(),
    );
    const hosts: Record<string, string[]> = {
      'camera.example': ['127.0.0.1'],
      'inner.example': ['127.0.0.1'],
      // At the first question a public address, then this machine.
      'turncoat.example': ['192.0.2.1', '127.0.0.1'],
    };
    const resolve = async (host: string): Promise<{ address: string }[]> => {
      const answers = hosts[host] ?? [];
      return [{ address: (answers.length > 1 ? answers.shift() : answers[0]) ?? '' }];
    };
    const policy = new NetworkPolicy(['camera.example'], resolve);
    await using relay = await relayCamera(`http://camera.example:${port}/`, policy);
    expect((await fetch(relay.url)).status).toBe(502);
    await using turncoat = await relayCamera(`http://turncoat.example:${inner}/`, policy);
    expect((await fetch(turncoat.url)).status).toBe(502);
    expect(reached).toBe(0);
    await expect(relayCamera(`http://inner.example:${inner}/`, policy)).rejects.toThrow(/inner network/);
    await using srt = await relayCamera(
      'srt://x:y@camera.example:9000?mode=caller',
      new NetworkPolicy(['camera.example'], toHere),
    );
    expect(await (await fetch(srt.url)).text()).toContain("file 'srt://x:y@127.0.0.1:9000?mode=caller'");
  });
});

describe('the way to an RTSP camera', () => {
  /** Asks for a password, then answers with what it was asked, and a piece of data. */
  const camera = (heard: string[], redirect = false): Promise<number> =>
    listening(
      createTcpServer((socket) => {
        const reader = new RtspReader();
        socket.on('error', () => undefined);
        socket.on('data', (chunk) => {
          for (const piece of reader.read(chunk)) {
            if (piece.kind === 'data') {
              heard.push(`data ${piece.bytes.length}`);
              continue;
            }
            const headers = new Map(piece.headers.map(([name, value]) => [name.toLowerCase(), value]));
            const sequence: [string, string] = ['CSeq', headers.get('cseq') ?? ''];
            const said = headers.get('authorization');
            heard.push(`${piece.first} ${said === undefined ? '-' : 'with a password'}`);
            const [method = '', uri = ''] = piece.first.split(' ');
            const right = md5(`${md5('ada:yard:s3cret')}:n2:${md5(`${method}:${uri}`)}`);
            const body = Buffer.from('v=0');
            if (redirect) {
              const location: [string, string] = ['Location', 'rtsp://10.0.0.1/'];
              socket.write(
                writeMessage({
                  first: 'RTSP/1.0 302 Found',
                  headers: [sequence, location],
                  body: Buffer.alloc(0),
                }),
              );
            } else if (said?.includes(right) !== true) {
              const ask: [string, string] = ['WWW-Authenticate', 'Digest realm="yard", nonce="n2"'];
              socket.write(
                writeMessage({ first: 'RTSP/1.0 401 No', headers: [sequence, ask], body: Buffer.alloc(0) }),
              );
            } else {
              socket.write(
                writeMessage({
                  first: 'RTSP/1.0 200 OK',
                  headers: [sequence, ['Content-Length', '3']],
                  body,
                }),
              );
              socket.write(Buffer.from([0x24, 0, 0, 2, 7, 7]));
            }
          }
        });
      }),
    );

  /** What a player gets for one request and a piece of data. */
  const play = (url: string, end: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(url);
      const socket = connect(Number(port), hostname);
      let got = '';
      socket.on('data', (chunk: Buffer) => {
        got += chunk.toString('latin1');
        if (!end.test(got)) return;
        resolve(got);
        socket.destroy();
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(got));
      socket.write(`DESCRIBE ${url} RTSP/1.0\r\nCSeq: 3\r\n\r\n`);
      socket.write(Buffer.from([0x24, 1, 0, 1, 9]));
    });

  it('answers the camera for the player, and passes on pictures both ways', async () => {
    const heard: string[] = [];
    const port = await camera(heard);
    await using relay = await relayCamera(`rtsp://ada:s3cret@127.0.0.1:${port}/live?key=1`, undefined);
    expect(relay.url).not.toMatch(/s3cret|key/);
    const got = await play(relay.url, /\$\0\0\x02\x07\x07/);
    expect(got).toMatch(/^RTSP\/1\.0 200 OK\r\nCSeq: 3\r\nContent-Length: 3\r\n\r\nv=0\$/);
    const request = `DESCRIBE rtsp://127.0.0.1:${port}/live?key=1 RTSP/1.0`;
    expect(heard.filter((line) => !line.startsWith('data'))).toEqual([
      `${request} -`,
      `${request} with a password`,
    ]);
    expect(heard).toContain('data 5');
  });

  it('does not follow a camera of an API user elsewhere', async () => {
    const port = await camera([], true);
    const policy = new NetworkPolicy(['camera.example'], toHere);
    await using relay = await relayCamera(`rtsp://camera.example:${port}/live`, policy);
    expect(await play(relay.url, /\r\n\r\n/)).toMatch(/^RTSP\/1\.0 403 Forbidden\r\nCSeq: 3\r\n\r\n$/);
  });
});

const srt = spawnSync('ffmpeg', ['-v', 'error', '-protocols'], { encoding: 'utf8' }).stdout ?? '';
const withSrt = / srt\b/.test(srt) && spawnSync('ps', ['-eo', 'args']).status === 0;
if (!withSrt) console.warn('No ffmpeg that speaks SRT, or no ps: the test of its passphrases is skipped.');

describe.skipIf(!withSrt)('the way to an SRT camera', () => {
  it('gives ffmpeg the passphrase, and nobody else', async () => {
    const port = await freePort();
    const address = `srt://127.0.0.1:${port}?passphrase=a-s3cret-'phrase'`;
    const pattern = ['-re', '-f', 'lavfi', '-i', 'testsrc=s=320x240:r=25', '-c:v', 'libx264', '-g', '5'];
    await using relay = await relayCamera(address, undefined);
    expect(relay.url).not.toContain('s3cret');
    await using camera = videoFrames(relay.url, {
      inputArgs: relay.inputArgs,
      live: true,
      name: 'the camera',
    });
    // The sender's own command line is not what is looked at.
    const sender = spawn('ffmpeg', ['-v', 'error', ...pattern, '-f', 'mpegts', `${address}&mode=listener`], {
      stdio: 'ignore',
      argv0: 'sender',
    });
    try {
      let frames = 0;
      for await (const frame of camera.frames()) {
        using held = frame;
        expect(held.image.width).toBe(320);
        const others = commandLines().filter((line) => !line.startsWith('sender'));
        expect(others.some((line) => line.includes(relay.url))).toBe(true);
        expect(others.filter((line) => line.includes('s3cret'))).toEqual([]);
        if (++frames === 3) break;
      }
      expect(frames).toBe(3);
    } finally {
      sender.kill('SIGKILL');
    }
  }, 60_000);
});
