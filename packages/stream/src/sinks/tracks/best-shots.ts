import {
  safeFileName,
  warpAffine,
  type Box,
  type FrameFaces,
  type Image,
  type ImageCodec,
} from '@fr-stream/core';
import type { OpenableSink } from '../openable.js';
import { markJpeg } from '../../output/jpeg-mark.js';
import { OutputFolder } from '../../output/output-folder.js';
import { TrackLog, whoIs } from './track-log.js';

export interface BestShotsOptions {
  readonly codec: ImageCodec;
  /** Side of the square pictures in pixels; smaller faces are not enlarged. Default 256. */
  readonly size?: number;
  /** Margin around the face box, in shares of its size on each side. Default 0.4. */
  readonly margin?: number;
}

interface Shot {
  readonly track: number;
  readonly timeMs: number;
  readonly quality: number;
  readonly image: Image;
}

/**
 * One JPEG per person: the best picture of all tracks that turned out to be that person, `NAME.jpg`. Written at the
 * end; until then one picture (`size`² x 3 bytes) per track and name of it is kept, so memory grows with these.
 *
 * @param folder is made if need be. Pictures of earlier runs are replaced; of other files of such a name none: the
 * picture then becomes `NAME-2.jpg`.
 */
export function bestShots(
  folder: string,
  options: BestShotsOptions,
  log = new TrackLog(),
): OpenableSink<FrameFaces> {
  const { codec, size = 256, margin = 0.4 } = options;
  const shots = new Map<string, Shot>();
  let files: Promise<OutputFolder> | undefined;
  const opened = (): Promise<OutputFolder> => (files ??= OutputFolder.open(folder));
  return {
    open: async () => void (await opened()),
    write: async (item) => {
      log.add(item);
      for (const { track, detection, quality, identity } of item.faces) {
        if (!track || track.predicted || !quality) continue;
        // What a track is called may change with whom it follows.
        const key = `${track.id} ${whoIs(identity) ?? ''}`;
        const best = shots.get(key);
        if (best !== undefined && quality.overall <= best.quality) continue;
        shots.set(key, {
          track: track.id,
          timeMs: item.frame.timeMs,
          quality: quality.overall,
          image: crop(item.frame.image, detection.box, margin, size),
        });
      }
    },
    close: async () => {
      const output = await opened();
      const taken = new Set<string>();
      const bests = new Map<string, Shot>();
      for (const shot of shots.values()) {
        const key = log.personAt(shot.track, shot.timeMs);
        if (key !== undefined && shot.quality > (bests.get(key)?.quality ?? -1)) bests.set(key, shot);
      }
      for (const { who, key } of log.people()) {
        const best = bests.get(key);
        if (best === undefined) continue;
        const stem = safeFileName(who);
        let name = stem;
        // On many disks "ada.jpg" and "Ada.jpg" are one file.
        for (let n = 2; taken.has(name.toLowerCase()) || !(await output.isFree(`${name}.jpg`)); n++) {
          name = `${stem}-${n}`;
        }
        taken.add(name.toLowerCase());
        await output.write(`${name}.jpg`, markJpeg(await codec.encode(best.image, 'jpeg', 90)));
      }
      await output[Symbol.asyncDispose]();
    },
    [Symbol.asyncDispose]: async () => {
      shots.clear();
      await (await files?.catch(() => undefined))?.[Symbol.asyncDispose]();
    },
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
