import { SinkError, messageOf } from '@fr-stream/core/errors';

const WHY: Readonly<Record<string, string>> = {
  EACCES: 'writing there is not permitted',
  EPERM: 'writing there is not permitted',
  EROFS: 'the disk is read-only',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EEXIST: 'a part of its path is a file, not a folder',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your quota on that disk is used up',
  EFBIG: 'the file is larger than the disk or a limit (ulimit -f) allows',
  ENOENT: 'its folder does not exist and cannot be made',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'it is a link that leads back to itself',
  ETXTBSY: 'it is a program that is running',
  ENXIO: 'nothing listens at its other end',
  ECONNREFUSED: 'nothing listens at its other end',
  EPIPE: 'the reader has gone',
  EIO: 'the disk or terminal reports an error',
  EMFILE: 'too many files are open',
};

/** The cause of a failed system call in the user's words. */
export function causeOf(error: unknown): string {
  return WHY[codeOf(error) ?? ''] ?? messageOf(error);
}

export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

/** An output that cannot be opened. */
export function unwritable(name: string, cause: unknown): SinkError {
  return new SinkError('OUTPUT_UNWRITABLE', `${name}: ${causeOf(cause)}`, {
    hint: 'Choose another place, or change the access rights or free some space there.',
    cause,
  });
}

/** An output that was open and could not be written to its end. */
export function writingFailed(name: string, cause: unknown): SinkError {
  const full = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(cause) ?? '');
  return new SinkError('OUTPUT_FAILED', `${name}: ${causeOf(cause)}`, {
    hint: full ? 'Free some space and run again.' : 'Check the output and run again.',
    cause,
  });
}

/** What ffmpeg says when its output fails, as a system's code; undefined when it says nothing of that kind. */
export function codeInWords(lines: readonly string[]): string | undefined {
  const said = lines.join('\n');
  return Object.entries({
    ENOSPC: /No space left/i,
    EDQUOT: /quota exceeded/i,
    EFBIG: /File too large|File size limit/i,
    EROFS: /Read-only file system/i,
    EACCES: /Permission denied/i,
    EPIPE: /Broken pipe/i,
    EIO: /Input\/output error/i,
  }).find(([, words]) => words.test(said))?.[0];
}

/** ffmpeg 5.1 ends with status 0 although the last of its output could not be written, and says so in these words. */
const LOST = /^\s*(\[[^\]]*\]\s*)?(Error (writing|closing|muxing)|av_interleaved_write_frame\(\))/im;

/**
 * Whether ffmpeg lost a part of its output, whatever its status. A reader that has gone has seen what it wanted.
 * @param lines of its standard error.
 */
export function lostOutput(lines: readonly string[]): boolean {
  return LOST.test(lines.join('\n')) && codeInWords(lines) !== 'EPIPE';
}
