import { messageOf, itemAt } from '@fr-stream/core';
import { videoFrames } from '@fr-stream/stream';
import { wholePicture, type PictureCodec } from '../events/event-pictures.js';
import type { NetworkPolicy } from '../auth/network.js';
import { relayCamera } from './relay/relay.js';
import { hidePasswords } from './hide-passwords.js';
import type { Models } from './shared-models.js';

export type CameraTest =
  | {
      readonly ok: true;
      readonly width: number;
      readonly height: number;
      readonly fps: number | undefined;
      readonly faces: number;
      readonly jpeg: Uint8Array;
    }
  | { readonly ok: false; readonly reason: string };

/** Opens a camera for one picture. Never throws for what is wrong with the camera. */
export async function testCamera(
  url: string,
  models: Models,
  codec: PictureCodec,
  timeoutMs: number,
  policy: NetworkPolicy | undefined,
): Promise<CameraTest> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    await using relay = await relayCamera(url, policy);
    await using source = videoFrames(relay.url, {
      inputArgs: relay.inputArgs,
      live: true,
      maxHeight: 720,
      threads: 1,
      name: 'the camera',
      reconnect: { retries: 0, stallMs: timeoutMs },
    });
    const stop = (): void => void source[Symbol.asyncDispose]();
    signal.addEventListener('abort', stop, { once: true });
    try {
      const { fps } = await source.info();
      for await (const frame of source.frames(signal)) {
        using held = frame;
        const { image } = held;
        const faces = itemAt(await models.detector.detect([image]), 0);
        const jpeg = await wholePicture(codec, image);
        return { ok: true, width: image.width, height: image.height, fps, faces: faces.length, jpeg };
      }
    } finally {
      signal.removeEventListener('abort', stop);
    }
    return { ok: false, reason: source.problem?.message ?? 'No picture came in time.' };
  } catch (error) {
    return {
      ok: false,
      reason: signal.aborted ? 'No picture came in time.' : hidePasswords(messageOf(error)),
    };
  }
}
