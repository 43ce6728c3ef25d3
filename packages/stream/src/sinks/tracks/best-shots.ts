import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  SinkError,
  warpAffine,
  type Box,
  type FrameFaces,
  type Image,
  type ImageCodec,
} from '@fr-stream/core';
import type { OpenableSink } from '../openable.js';
import { claimPart, publish } from '../temp-file.js';
import { TrackLog } from './track-log.js';

export interface BestShotsOptions {
  readonly codec: ImageCodec;
  /** Side of the square pictures in pixels; smaller faces are not enlarged. Default 256. */
  readonly size?: number;
  /** Margin around the face box, in shares of its size on each side. Default 0.4. */
  readonly margin?: number;
}

interface Shot {
  readonly quality: number;
  readonly image: Image;
}

/**
 * One JPEG per person: the best picture of all tracks that turned out to be that person, `NAME.jpg`. Written at the
 * end; until then one picture (`size`² x 3 bytes) per track is kept, so memory grows with tracks.
 *
 * @param folder is made if need be; pictures of the same name are overwritten.
 */
export function bestShots(folder: string, options: BestShotsOptions): OpenableSink<FrameFaces> {
  const { codec, size = 256, margin = 0.4 } = options;
  const shots = new Map<number, Shot>();
  const log = new TrackLog();
  return {
    open: async () => {
      // Proves that the folder can be made and written to.
      await rm(await claimPart(join(folder, 'probe.jpg')), { force: true });
    },
    write: async (item) => {
      log.add(item);
      for (const { track, detection, quality } of item.faces) {
        if (!track || track.predicted || !quality) continue;
        const best = shots.get(track.id);
        if (best !== undefined && quality.overall <= best.quality) continue;
        shots.set(track.id, {
          quality: quality.overall,
          image: crop(item.frame.image, detection.box, margin, size),
        });
      }
    },
    close: async () => {
      const names = new Set<string>();
      for (const { who, tracks } of log.people()) {
        const best = tracks
          .flatMap((id) => shots.get(id) ?? [])
          .reduce<Shot | undefined>((a, b) => (a === undefined || b.quality > a.quality ? b : a), undefined);
        if (best === undefined) continue;
        let name = fileName(who);
        for (let n = 2; names.has(name); n++) name = `${fileName(who)}-${n}`;
        names.add(name);
        const path = join(folder, `${name}.jpg`);
        const part = await claimPart(path);
        try {
          await writeFile(part, await codec.encode(best.image, 'jpeg', 90));
        } catch (cause) {
          throw new SinkError('OUTPUT_FAILED', `${path}: the picture could not be written`, {
            hint: 'Check the free space there.',
            cause,
          });
        }
        await publish(part, path);
      }
    },
    [Symbol.asyncDispose]: async () => shots.clear(),
  };
}

/** A square around a box, reduced to at most `size`; black outside the picture. */
function crop(image: Image, { x, y, width, height }: Box, margin: number, size: number): Image {
  const side = Math.max(width, height) * (1 + 2 * margin);
  const scale = Math.min(1, size / side);
  const pixels = Math.max(1, Math.round(side * scale));
  const [left, top] = [x + width / 2 - side / 2, y + height / 2 - side / 2];
  return warpAffine(image, [scale, 0, -left * scale, 0, scale, -top * scale], pixels, pixels);
}

/** A name as a file name on every system. */
function fileName(who: string): string {
  const plain = who.replace(/[<>:"/\\|?*\p{Cc}]/gu, '_').replace(/^\.+|[. ]+$/g, '_');
  return plain === '' ? '_' : plain;
}
