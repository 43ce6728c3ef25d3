import { ArgumentError } from '@fr-stream/core';
import { expandBuckets } from '../compose/bucket-videos.js';
import { isPattern } from '../compose/output-pattern.js';
import { isPhotoInput } from '../compose/photo-inputs.js';
import type { ExitCode } from '../exit-codes.js';
import type { PhotosOptions } from './photos.js';
import { OUTPUTS, type TagOptions } from './tag-options.js';

type AnyOptions = TagOptions & PhotosOptions;

const FOR_VIDEO = {
  out: '--out',
  trackEvents: '--track-events',
  subtitles: '--subtitles',
  timeline: '--timeline',
  mot: '--mot',
  bestShots: '--best-shots',
  live: '--live',
  every: '--every',
  tracker: '--tracker',
  embed: '--embed',
  sink: '--sink',
  start: '--start',
  duration: '--duration',
  fps: '--fps',
  maxHeight: '--max-height',
  stream: '--stream',
  codec: '--codec',
  crf: '--crf',
  outRange: '--out-range',
  segment: '--segment',
  blur: '--blur',
  rememberStrangers: '--remember-strangers',
  library: '--library',
  chunk: '--chunk',
} as const satisfies Partial<Record<keyof TagOptions, string>>;

const FOR_PHOTOS = {
  faces: '--faces',
  filesFrom: '--files-from',
  report: '--report',
  store: '--store',
  annotate: '--annotate',
} as const satisfies Partial<Record<keyof PhotosOptions, string>>;

/** @throws ArgumentError when an option is given that says nothing about this kind of input. */
function refuse(
  options: AnyOptions,
  names: Readonly<Partial<Record<keyof AnyOptions, string>>>,
  message: (option: string) => string,
  hint: string,
): void {
  for (const [key, name] of Object.entries(names)) {
    // A configuration is there for photos and videos alike.
    if (options.fromConfig?.has(key) === true) continue;
    if (options[key as keyof AnyOptions] !== undefined) throw new ArgumentError(message(name), { hint });
  }
}

/** `fr-stream INPUT...`: photos go to the photo set, all else is videos. */
export async function tagAny(named: readonly string[], options: AnyOptions): Promise<ExitCode> {
  const inputs = await expandBuckets(named);
  const kinds = await Promise.all(inputs.map(isPhotoInput));
  const severalVideos = inputs.length > 1 && kinds.includes(false);
  // Also of a single input: a shell's pattern may have found but one.
  const pattern = OUTPUTS.some((key) => isPattern(options[key]));
  const video = kinds.includes(false);
  if (options.filesFrom === undefined && (severalVideos || isPattern(options.out) || (video && pattern)))
    return (await import('./tag-many.js')).tagMany(inputs, options);
  if (options.filesFrom !== undefined || (inputs.length > 0 && kinds.every((photo) => photo))) {
    refuse(
      options,
      FOR_VIDEO,
      (option) => `${option} is for videos, and the input is photos.`,
      'For photos: --annotate, --report, --csv, --events.',
    );
    return (await import('./photos.js')).photos(inputs, options);
  }
  const [input] = inputs;
  if (input === undefined) {
    throw new ArgumentError('Nothing to look at was named.', {
      hint: 'fr-stream party.mp4, or fr-stream photos/',
    });
  }
  refuse(
    options,
    FOR_PHOTOS,
    (option) => `${option} is for photos, and the input is a video.`,
    'For videos: --out, --csv, --events, --best-shots.',
  );
  return (await import('./tag.js')).tag(input, options);
}
