import { SourceError, type ErrorCode } from '@fr-stream/core';

interface Explanation {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  /** Follows the input's name and a colon. */
  readonly cause: string;
  readonly hint: string;
}

/** From the most to the least telling; the first that any line matches wins. */
const EXPLANATIONS: readonly Explanation[] = [
  {
    pattern: /\[(?:dash|hls|hls,applehttp|concat|imf|sdp|rtsp) @ .*Format not on whitelist/,
    code: 'INPUT_UNSUPPORTED',
    cause: 'it is no video but a playlist, which leads to other files or addresses',
    hint: 'If you trust it, say what it is by its name: .m3u8, .mpd or .ffconcat.',
  },
  {
    pattern: /Format not on whitelist/,
    code: 'INPUT_UNSUPPORTED',
    cause: 'it is of a kind that is not read as a video',
    hint: 'Convert it to MP4 or Matroska first.',
  },
  {
    pattern: /matches no streams|does not contain any stream|Output file #0 does not contain/,
    code: 'INPUT_UNSUPPORTED',
    cause: 'it holds no video stream',
    hint: 'Give a file with a picture track; this one holds only sound, subtitles or data.',
  },
  {
    pattern: /Protocol not found|Unknown protocol|Protocol '.*' not on whitelist/i,
    code: 'INPUT_UNSUPPORTED',
    cause: 'this ffmpeg does not know its protocol',
    hint: 'Check the part before "://"; for a newer protocol point FR_STREAM_FFMPEG to a newer ffmpeg.',
  },
  {
    pattern: /Unknown input format/i,
    code: 'INPUT_UNSUPPORTED',
    cause: 'this ffmpeg was built without that kind of input',
    hint: 'Point FR_STREAM_FFMPEG to an ffmpeg with it (see "ffmpeg -formats").',
  },
  {
    pattern: /Connection refused/i,
    code: 'INPUT_UNREADABLE',
    cause: 'the connection was refused',
    hint: 'Check host and port, and that the camera or server is on.',
  },
  {
    pattern: /Failed to resolve hostname|Name or service not known|Temporary failure in name resolution/i,
    code: 'INPUT_NOT_FOUND',
    cause: 'the host name is not known',
    hint: 'Check the spelling of the host and the network.',
  },
  {
    pattern: /401 Unauthorized|403 Forbidden|authorization failed/i,
    code: 'INPUT_UNREADABLE',
    cause: 'the server refuses access',
    hint: 'Put the right user and password into the URL (scheme://user:password@host/...).',
  },
  {
    pattern: /404 Not Found|Server returned 404/i,
    code: 'INPUT_NOT_FOUND',
    cause: 'the server has nothing under this address',
    hint: 'Check the path in the URL.',
  },
  {
    pattern:
      /Connection timed out|Operation timed out|Network is unreachable|No route to host|Server returned 5/i,
    code: 'INPUT_UNREADABLE',
    cause: 'the server does not answer',
    hint: 'Check the network, and that the camera or server is on.',
  },
  {
    pattern:
      /No such file or directory|Could not find video device|No such device|Could not enumerate video/i,
    code: 'INPUT_NOT_FOUND',
    cause: 'it does not exist',
    hint: 'Check the spelling and the folder, or that the camera is plugged in.',
  },
  {
    pattern: /Device or resource busy/i,
    code: 'INPUT_UNREADABLE',
    cause: 'another program is using it',
    hint: 'Close the other program that uses the camera.',
  },
  {
    pattern: /Permission denied|Operation not permitted/i,
    code: 'INPUT_UNREADABLE',
    cause: 'reading it is not permitted',
    hint: 'Change its access rights (chmod), or for a camera add your user to the group "video".',
  },
  {
    pattern: /Is a directory/i,
    code: 'INPUT_UNSUPPORTED',
    cause: 'it is a folder, not a video',
    hint: 'Name a video file in it; photo folders are read by photoSet().',
  },
  {
    pattern: /moov atom not found/,
    code: 'INPUT_UNREADABLE',
    cause: 'it is no video, or its index is missing because the recording or download broke off',
    hint: 'Download or copy it again; a broken recording can be repaired with a tool such as untrunc.',
  },
  {
    pattern:
      /Decoder .* not found|Unknown decoder|decoder \(codec .*\) not found|Decoding requested, but no decoder/i,
    code: 'INPUT_UNSUPPORTED',
    cause: 'this ffmpeg has no decoder for it',
    hint: 'Point FR_STREAM_FFMPEG to a newer or more complete ffmpeg.',
  },
  {
    pattern:
      /Unrecognized option|Option .* not found|Error (parsing|splitting|opening) .*(option|filter)|No such filter/i,
    code: 'FFMPEG_FAILED',
    cause: 'ffmpeg does not understand its arguments',
    hint: 'Check the extra input arguments; a different ffmpeg may be named by FR_STREAM_FFMPEG.',
  },
  {
    // Also of a file cut short within a header (mkv), as the disk would say it.
    pattern: /Input\/output error/i,
    code: 'INPUT_UNREADABLE',
    cause: 'it breaks off, is damaged, or what it lies on cannot be read',
    hint: 'Check the disk or the connection, and get a fresh copy of the file.',
  },
  {
    // The second of what a part of a file makes of it that is taken for another format, such as for MP3.
    pattern: /Invalid data found|^\S.*: Invalid argument$|could not find codec parameters|End of file/i,
    code: 'INPUT_UNREADABLE',
    cause: 'it is no video that ffmpeg can read, or it is damaged',
    hint: 'Play it in another program; if that fails too, get a fresh copy.',
  },
  {
    // Versions and features that a flipped bit makes up.
    pattern: /Not yet implemented in FFmpeg|is not implemented\. Update your FFmpeg/,
    code: 'INPUT_UNSUPPORTED',
    cause: 'it is damaged, or holds something that this ffmpeg cannot read',
    hint: 'Play it in another program; if that fails too, get a fresh copy.',
  },
  {
    // It was opened, and not one frame came of it.
    pattern: /Error while decoding stream|Conversion failed!|nothing was encoded/,
    code: 'INPUT_UNREADABLE',
    cause: 'none of its pictures can be read',
    hint: 'Play it in another program; if that fails too, get a fresh copy.',
  },
];

/** Signals by which a process ends through its own fault. */
const CRASHES = new Set(['SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGABRT', 'SIGFPE']);

/**
 * A user's reading of what ffmpeg wrote to standard error. The raw lines are kept as the cause.
 * @param signal the signal that ended ffmpeg, if one did.
 */
export function explainInputFailure(
  input: string,
  said: readonly string[],
  signal?: NodeJS.Signals | null,
): SourceError {
  // ffmpeg repeats the address as it was given.
  const lines = said.map(withoutUserInfo);
  const cause = new Error(`ffmpeg said:\n${lines.slice(-12).join('\n')}`);
  if (signal && CRASHES.has(signal)) {
    // Statically linked builds do this wherever the system's name service does not fit theirs.
    const byName = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?(?!\[|[\d.]+(?:[:/]|$))/i.test(input);
    return new SourceError('FFMPEG_FAILED', `${input}: ffmpeg crashed (${signal})`, {
      hint: byName
        ? 'This build probably cannot look up host names: give the address in numbers, or install another (apt install ffmpeg) and set FR_STREAM_FFMPEG to its path.'
        : 'Try another build: set FR_STREAM_FFMPEG to its path.',
      cause,
    });
  }
  for (const { pattern, code, cause: why, hint } of EXPLANATIONS) {
    if (lines.some((line) => pattern.test(line))) {
      return new SourceError(code, `${input}: ${why}`, { hint, cause });
    }
  }
  // Its last word names the input and what is wrong with it: in whatever words, that is the input's fault.
  const named = lines.findLast((line) => line.includes(`${withoutUserInfo(input)}: `));
  if (named !== undefined) {
    const why = named.slice(named.lastIndexOf(': ') + 2).trim();
    return new SourceError('INPUT_UNREADABLE', `${input}: ffmpeg cannot read it: ${why}`, {
      hint: 'Play it in another program; if that fails too, get a fresh copy.',
      cause,
    });
  }
  const last = lines.findLast((line) => line.trim() !== '') ?? 'it ended without a word';
  return new SourceError('FFMPEG_FAILED', `${input}: ffmpeg failed: ${last.trim()}`, {
    hint: 'Run with --verbose for all that ffmpeg said, or try another ffmpeg through FR_STREAM_FFMPEG.',
    cause,
  });
}

/** Lines by which decoders and demuxers report that data is missing or broken. */
export const DAMAGE =
  /partial file|Invalid data found|error while decoding|corrupt|truncat|invalid NAL|Invalid NAL|non[- ]existing PPS|concealing|premature|Packet mismatch|File ended|Input\/output error|Connection reset|decode_slice_header error|Error splitting the input|moov atom/i;

/** A text whose URLs have lost user and password. */
export function withoutUserInfo(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s@]*(?:@[^/\s@]*)*@/gi, '$1***@');
}
