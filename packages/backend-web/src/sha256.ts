/** SHA-256 as hexadecimal, also in pages that are not served over HTTPS or from localhost, to whom browsers give none. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const { subtle } = crypto as { readonly subtle?: SubtleCrypto };
  const digest =
    subtle === undefined
      ? (await import('@noble/hashes/sha2.js')).sha256(bytes)
      : new Uint8Array(await subtle.digest('SHA-256', bytes));
  return hexadecimal(digest);
}

/** At most so much of a file is in memory at once, where it can be helped. */
const WHOLE_BYTES = 32 * 1024 * 1024;

/** SHA-256 of a file's bytes, as hexadecimal; large ones piece by piece. */
export async function sha256OfBlob(blob: Blob): Promise<string> {
  if (blob.size <= WHOLE_BYTES) return sha256(new Uint8Array(await blob.arrayBuffer()));
  const hash = (await import('@noble/hashes/sha2.js')).sha256.create();
  for (let at = 0; at < blob.size; at += WHOLE_BYTES)
    hash.update(new Uint8Array(await blob.slice(at, at + WHOLE_BYTES).arrayBuffer()));
  return hexadecimal(hash.digest());
}

function hexadecimal(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
