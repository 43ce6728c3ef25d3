import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { SourceError } from '@fr-stream/core';
import { videoFrames, type VideoFramesOptions } from '@fr-stream/stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClipFolder } from '../support/clips.js';
import { ffmpegsHere } from '../support/ffmpegs.js';

/** Counts who connects, and says nothing to anybody. */
class Listener {
  connections = 0;
  readonly #server: Server;
  constructor() {
    this.#server = createServer((socket) => {
      this.connections++;
      socket.destroy();
    });
  }
  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }
  close(): void {
    this.#server.close();
  }
}

let clips: ClipFolder;
let listener: Listener;
let port: number;

beforeAll(async () => {
  clips = await ClipFolder.create();
  listener = new Listener();
  port = await listener.listen();
  await clips.testClip('canary.ts', { seconds: 1 });
  await clips.testClip('canary.mp4', { seconds: 1 });
});
afterAll(async () => {
  listener.close();
  await clips[Symbol.asyncDispose]();
});

async function frameCount(
  input: string | NodeJS.ReadableStream,
  options: VideoFramesOptions,
): Promise<number> {
  await using source = videoFrames(input, options);
  let frames = 0;
  for await (const frame of source.frames()) {
    frames++;
    frame[Symbol.dispose]();
  }
  return frames;
}

const dash = (base: string): string =>
  '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" ' +
  'mediaPresentationDuration="PT1S" profiles="urn:mpeg:dash:profile:isoff-main:2011"><Period>' +
  '<AdaptationSet mimeType="video/mp2t"><Representation id="1" bandwidth="1000" width="160" height="120" ' +
  `codecs="avc1"><BaseURL>${base}</BaseURL><SegmentList duration="1"><SegmentURL media="canary.ts"/>` +
  '</SegmentList></Representation></AdaptationSet></Period></MPD>';
const hls = (segment: string): string =>
  `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,\n${segment}\n#EXT-X-ENDLIST\n`;
const sdp = (): string =>
  `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video ${port} RTP/AVP/TCP 96\na=rtpmap:96 H264/90000\n`;

/** What a file that poses as a video may hold to lead elsewhere. */
const lures: readonly (readonly [string, () => string])[] = [
  ['a DASH manifest to an address', () => dash(`http://127.0.0.1:${port}/`)],
  ['a DASH manifest to a file', () => dash(`file://${clips.path}/`)],
  ['an HLS playlist to an address', () => hls(`http://127.0.0.1:${port}/canary.ts`)],
  ['an HLS playlist to a file beside it', () => hls('canary.ts')],
  ['an HLS playlist to an absolute file', () => hls(clips.file('canary.ts'))],
  [
    'an HLS playlist with a key at an address',
    () =>
      hls('canary.ts').replace(
        '#EXTINF',
        `#EXT-X-KEY:METHOD=AES-128,URI="http://127.0.0.1:${port}/k"\n#EXTINF`,
      ),
  ],
  ['a concat script', () => 'ffconcat version 1.0\nfile canary.mp4\n'],
  ['a concat script to an address', () => `ffconcat version 1.0\nfile http://127.0.0.1:${port}/canary.mp4\n`],
  ['an SDP description', sdp],
];

describe.each(ffmpegsHere())('with the ffmpeg %s', (_, path) => {
  const ffmpeg = { path };

  describe.each(lures)('%s', (name, content) => {
    it('called a video, or piped, leads nowhere', async () => {
      const file = clips.file(`${name.replaceAll(' ', '-')}.mp4`);
      await writeFile(file, content());
      for (const input of [file, createReadStream(file)]) {
        const error: unknown = await frameCount(input, { ffmpeg }).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(SourceError);
        expect((error as SourceError).code).toMatch(/^INPUT_/);
      }
      expect(listener.connections).toBe(0);
    });
  });

  it('follows a playlist that is named as one', async () => {
    const playlist = clips.file('named.m3u8');
    await writeFile(playlist, hls('canary.ts'));
    expect(await frameCount(playlist, { ffmpeg })).toBe(25);
    const script = clips.file('named.ffconcat');
    await writeFile(script, 'ffconcat version 1.0\nfile canary.mp4\nfile canary.mp4\n');
    expect(await frameCount(script, { ffmpeg })).toBe(50);
  });

  it('reads videos whatever they are called', async () => {
    const copy = clips.file('no-extension');
    await rename(await clips.testClip('x.mkv', { seconds: 1 }), copy);
    expect(await frameCount(copy, { ffmpeg })).toBe(25);
    const pictures = clips.file('still%02d.png');
    await clips.make('still%02d.png', '-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=5:duration=1');
    expect(await frameCount(pictures, { ffmpeg })).toBe(5);
  });

  it('opens the sound of an input no more freely than its picture', async () => {
    await using source = videoFrames(clips.file('canary.mp4'), { ffmpeg });
    expect(source.soundInput?.join(' ')).toMatch(
      /-protocol_whitelist file -format_whitelist mov,.* -i file:/,
    );
  });
});
