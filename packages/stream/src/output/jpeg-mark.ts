import { open } from 'node:fs/promises';

const MARK = Buffer.from('made by fr-stream', 'latin1');
/** SOI; then a comment segment (COM, ITU-T T.81 B.2.4.5), whose length counts itself. */
const HEAD = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xfe, 0, MARK.length + 2]), MARK]);

/** A JPEG with a comment that says who made it, so that later runs may replace it. */
export function markJpeg(jpeg: Uint8Array): Uint8Array {
  return Buffer.concat([HEAD, jpeg.subarray(2)]);
}

/** Whether a file is a JPEG that {@link markJpeg} marked. */
export async function isMarkedJpeg(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const head = Buffer.alloc(HEAD.length);
    await file.read(head, 0, head.length, 0);
    return head.equals(HEAD);
  } catch {
    return false;
  } finally {
    await file.close();
  }
}
