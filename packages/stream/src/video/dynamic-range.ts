import type { VideoInfo } from '../ffmpeg/probe.js';
import { runFfmpeg } from '../ffmpeg/process.js';

/** Transfer characteristics of high dynamic range in ffmpeg's words: PQ (SMPTE ST 2084) and HLG (ARIB STD-B67). */
const HDR_TRANSFERS: ReadonlyMap<string, string> = new Map([
  ['smpte2084', 'PQ'],
  ['arib-std-b67', 'HLG'],
]);

/** `PQ` or `HLG`; undefined for what is no HDR. */
export function hdrKind({ transfer }: Pick<VideoInfo, 'transfer'>): string | undefined {
  return transfer === undefined ? undefined : HDR_TRANSFERS.get(transfer);
}

/**
 * From HDR to BT.709 of standard range. White is where BT.2408 puts it, at 203 cd/m2, so that skin keeps the brightness
 * it has in SDR video; what is brighter is rolled off.
 */
export function toneMapFilters(transfer: string): readonly string[] {
  return [
    `zscale=tin=${transfer}:pin=2020:min=2020_ncl:t=linear:npl=203`,
    'format=gbrpf32le',
    'zscale=p=709',
    'tonemap=tonemap=mobius:desat=0',
    'zscale=t=709:m=709:r=tv',
  ];
}

const able = new Map<string, Promise<boolean>>();

/** Whether an ffmpeg was built with the filters that {@link toneMapFilters} needs. */
export function canToneMap(path: string): Promise<boolean> {
  if (path.endsWith('.mjs')) return Promise.resolve(true);
  let answer = able.get(path);
  if (answer === undefined) {
    answer = hasZscale(path);
    able.set(path, answer);
  }
  return answer;
}

async function hasZscale(path: string): Promise<boolean> {
  const { stderr } = await runFfmpeg(path, [
    '-hide_banner',
    '-nostdin',
    '-f',
    'lavfi',
    '-i',
    'color=s=16x16:d=0.04,zscale=w=16',
    '-f',
    'null',
    '-',
  ]);
  return !stderr.some((line) => /No such filter/.test(line));
}

/**
 * What of a video an annotated copy cannot keep, in words that complete "the copy does not keep ...".
 * @param options as those of the copy. Default: 8 bits, tone-mapped.
 */
export function notKept(
  info: VideoInfo,
  { range = 'sdr' }: { readonly range?: 'sdr' | 'source' | undefined } = {},
): readonly string[] {
  const { pixelFormat = '', codec } = info;
  const hdr = hdrKind(info);
  const bits =
    /^p0(10|12|16)/.exec(pixelFormat)?.[1] ??
    /(?<=p|le|be|^gray)(9|10|12|14|16)(?:le|be)?$/.exec(pixelFormat)?.[1];
  const chroma = /yuva?j?(444|422)|^(?:gbr|rgb|bgr|argb|abgr)/.exec(pixelFormat);
  return [
    ...(hdr === undefined || range === 'source'
      ? []
      : [`its high dynamic range (${hdr}), which is tone-mapped to BT.709`]),
    ...(bits === undefined || (range === 'source' && Number(bits) <= 10)
      ? []
      : [`its ${bits} bits per sample`]),
    ...(/^(?:yuva|gbrap|rgba|argb|abgr|bgra|ya|pal8a)/.test(pixelFormat) ? ['its transparency'] : []),
    ...(chroma === null ? [] : ['its full colour resolution']),
    ...(['prores', 'dnxhd', 'cfhd', 'ffv1', 'huffyuv', 'ffvhuff', 'rawvideo', 'v210', 'utvideo'].includes(
      codec,
    )
      ? [`its ${codec} coding`]
      : []),
  ];
}
