import type { VideoInput } from './input.js';

/**
 * What ffmpeg's demuxers of these names make of a file lies in that file alone. Left out are those that follow what a
 * file says to other files or addresses (`hls`, `dash`, `concat`, `imf`, `sdp`, `rtsp`, `vobsub`, `mlv`, `image2`,
 * `webm_dash_manifest`, `avisynth`, `vapoursynth`, `svg_pipe`, ...): a list of what is allowed, because a newer ffmpeg
 * may know one more.
 *
 * A protocol list alone is not enough: the `dash` demuxer of old builds opens its segments past it.
 */
export const SELF_CONTAINED_FORMATS: readonly string[] = [
  // Containers of today.
  ...[
    'mov',
    'matroska',
    'webm',
    'avi',
    'asf',
    'asf_o',
    'mpegts',
    'mpeg',
    'mpegvideo',
    'flv',
    'live_flv',
    'kux',
  ],
  ...[
    'ogg',
    'mxf',
    'gxf',
    'nut',
    'wtv',
    'rm',
    'ivf',
    'dv',
    'gif',
    'apng',
    'yuv4mpegpipe',
    'swf',
    'ty',
    'lxf',
    'dhav',
  ],
  // Bare picture streams.
  ...[
    'h264',
    'hevc',
    'vvc',
    'evc',
    'av1',
    'obu',
    'm4v',
    'mjpeg',
    'mjpeg_2000',
    'mpjpeg',
    'h261',
    'h263',
    'vc1',
  ],
  ...['vc1test', 'dirac', 'dnxhd', 'cavsvideo', 'avs2', 'avs3', 'ingenient'],
  // Single pictures.
  ...[
    'jpeg_pipe',
    'jpegls_pipe',
    'jpegxl_pipe',
    'jpegxl_anim',
    'png_pipe',
    'webp_pipe',
    'webp_anim',
    'bmp_pipe',
  ],
  ...[
    'tiff_pipe',
    'gif_pipe',
    'j2k_pipe',
    'dpx_pipe',
    'exr_pipe',
    'hdr_pipe',
    'qoi_pipe',
    'psd_pipe',
    'sgi_pipe',
  ],
  ...[
    'pam_pipe',
    'pbm_pipe',
    'pgm_pipe',
    'pgmyuv_pipe',
    'ppm_pipe',
    'pcx_pipe',
    'sunrast_pipe',
    'xbm_pipe',
    'ico',
  ],
  // Older and rarer containers, recorders and games.
  ...[
    'nsv',
    'nuv',
    'pva',
    'thp',
    'viv',
    'vmd',
    'roq',
    'film_cpk',
    'flic',
    'ipmovie',
    '4xm',
    'bink',
    'smk',
    'cine',
  ],
  ...[
    'filmstrip',
    'cdxl',
    'dfa',
    'dxa',
    'ea',
    'bfi',
    'bethsoftvid',
    'c93',
    'dsicin',
    'idcin',
    'jv',
    'lmlm4',
    'mm',
  ],
  ...['mtv', 'mv', 'mvi', 'paf', 'pmp', 'r3d', 'rl2', 'rpl', 'smjpeg', 'smush', 'tmv', 'wc3movie', 'wsvqa'],
  ...[
    'xmv',
    'yop',
    'amv',
    'avs',
    'lvf',
    'ivr',
    'siff',
    'sol',
    'gdv',
    'hnm',
    'ifv',
    'seq',
    'txd',
    'tiertexseq',
  ],
  // Sound and text, so that the answer is "it holds no video stream".
  ...[
    'mp3',
    'wav',
    'w64',
    'flac',
    'aac',
    'ac3',
    'eac3',
    'aiff',
    'amr',
    'ape',
    'au',
    'caf',
    'dts',
    'tta',
    'wv',
    'srt',
  ],
];

/** Kinds of text that lead elsewhere. When their name says so, the user knows. */
const PLAYLIST = /\.(?:m3u8?|mpd|ffconcat)$/i;

/** True for a file that the user names as a playlist: what it refers to may be opened. */
export function isNamedPlaylist(path: string): boolean {
  return PLAYLIST.test(path);
}

/**
 * Arguments before `-i` that keep the content of an input from reaching other files or the network. Files and piped
 * data are confined to themselves; a playlist that is named as one, and a URL, may lead on, a URL not to local files.
 * @param extra the caller's own arguments before `-i`: a demuxer that they name (`-f`) is allowed.
 */
export function confine({ kind, url }: VideoInput, extra: readonly string[]): readonly string[] {
  const formats = (more: readonly string[]): string[] => [
    '-format_whitelist',
    [...SELF_CONTAINED_FORMATS, ...more, ...namedFormat(extra)].join(','),
  ];
  switch (kind) {
    case 'file':
      if (isNamedPlaylist(url)) {
        return ['-protocol_whitelist', 'file,crypto,data,http,https,httpproxy,tcp,tls'];
      }
      return ['-protocol_whitelist', 'file', ...formats(isPicturePattern(url) ? ['image2'] : [])];
    case 'stdin':
    case 'stream':
      return ['-protocol_whitelist', 'pipe,fd', ...formats([])];
    case 'network':
      return /^https?:/i.test(url) ? ['-protocol_whitelist', 'http,https,httpproxy,tcp,tls,crypto,data'] : [];
    default:
      return [];
  }
}

/** Numbered pictures: `img%03d.png`. */
export function isPicturePattern(path: string): boolean {
  return /%\d*d/.test(path);
}

function namedFormat(args: readonly string[]): readonly string[] {
  const at = args.lastIndexOf('-f');
  const name = at < 0 ? undefined : args[at + 1];
  return name === undefined ? [] : [name];
}
