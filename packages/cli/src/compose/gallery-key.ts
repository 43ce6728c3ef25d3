import { parseKey, readBounded, type VaultKey } from '@fr-stream/backend-node';
import { ArgumentError, messageOf } from '@fr-stream/core';

/** A key is 32 bytes, in base64 or hexadecimal; there may be a line end or a comment. */
const MOST_KEY_BYTES = 4096;

/** What `--key-file` named. One command runs per process. */
let keyFile: string | undefined;

export function useKeyFile(path: string): void {
  keyFile = path;
}

/**
 * What galleries are encrypted with: of `--key-file`, else of the environment (FR_STREAM_KEY_FILE, FR_STREAM_KEY,
 * FR_STREAM_PASSPHRASE). Never from the command line itself, which others can see.
 * @returns undefined when nothing is said of a key. @throws ArgumentError
 */
export async function galleryKey(): Promise<VaultKey | undefined> {
  const { FR_STREAM_KEY_FILE, FR_STREAM_KEY, FR_STREAM_PASSPHRASE } = process.env;
  const file = keyFile ?? FR_STREAM_KEY_FILE;
  if (file !== undefined && file !== '') {
    const text = await readBounded(file, MOST_KEY_BYTES).catch((cause: unknown) => {
      throw new ArgumentError(`--key-file: ${file} cannot be read: ${messageOf(cause)}`, { cause });
    });
    return { bytes: parseKey(text.toString()) };
  }
  if (FR_STREAM_KEY !== undefined && FR_STREAM_KEY !== '') return { bytes: parseKey(FR_STREAM_KEY) };
  if (FR_STREAM_PASSPHRASE !== undefined && FR_STREAM_PASSPHRASE !== '')
    return { passphrase: FR_STREAM_PASSPHRASE };
  return undefined;
}
