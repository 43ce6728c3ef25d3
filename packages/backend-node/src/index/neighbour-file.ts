import { createHash } from 'node:crypto';
import { readFile, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SinkError, messageOf, type KeptNeighbours } from '@fr-stream/core';
import { makeFolder } from '@fr-stream/model-files';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';

const FILE = 'neighbours.bin';
const LINE_END = 0x0a;

/** The first line, as JSON. What follows: ids as JSON, filled up to whole words with blanks, and the arrays, little-endian. */
const headSchema = z.strictObject({
  format: z.literal('fr-stream-neighbours'),
  version: z.literal(1),
  neighbours: z.number().int().positive(),
  minSimilarity: z.number(),
  faces: z.number().int().nonnegative(),
  pairs: z.number().int().nonnegative(),
  idBytes: z.number().int().nonnegative(),
  /** Of all that follows. */
  sha256: z.string(),
});

/**
 * Writes what is known of the neighbours of faces into the folder of a gallery's index. It holds ids and similarities, no
 * embeddings, and may be deleted at any time.
 * @throws SinkError (OUTPUT_UNWRITABLE)
 */
export async function saveNeighbours(folder: string, kept: KeptNeighbours): Promise<void> {
  const ids = JSON.stringify(kept.ids);
  const idBytes = Math.ceil(Buffer.byteLength(ids) / 4) * 4;
  const text = Buffer.alloc(idBytes, ' ');
  text.write(ids);
  const arrays = [kept.sums, kept.counts, kept.others, kept.similarities];
  const body = [text, ...arrays.map((one) => Buffer.from(one.buffer, one.byteOffset, one.byteLength))];
  const hash = createHash('sha256');
  for (const part of body) hash.update(part);
  const head: z.output<typeof headSchema> = {
    format: 'fr-stream-neighbours',
    version: 1,
    neighbours: kept.neighbours,
    minSimilarity: kept.minSimilarity,
    faces: kept.ids.length,
    pairs: kept.others.length,
    idBytes,
    sha256: hash.digest('hex'),
  };
  try {
    await makeFolder(folder, 0o700);
    const content = Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), ...body]);
    await writeFileAtomic(join(folder, FILE), content, { mode: 0o600 });
  } catch (cause) {
    throw new SinkError('OUTPUT_UNWRITABLE', `${join(folder, FILE)} cannot be written: ${messageOf(cause)}`, {
      hint: 'Check free space and write permission; without it the next comparison takes longer.',
      cause,
    });
  }
}

/** @returns undefined when there is none. One that is damaged or of another version is removed: it can be made anew. */
export async function loadNeighbours(folder: string): Promise<KeptNeighbours | undefined> {
  const content = await readFile(join(folder, FILE)).catch(() => undefined);
  if (content === undefined) return undefined;
  const kept = parsed(content);
  if (kept === undefined) await removeNeighbours(folder);
  return kept;
}

/** Also removes the folder, unless that holds something else. */
export async function removeNeighbours(folder: string): Promise<void> {
  await rm(join(folder, FILE), { force: true });
  await rmdir(folder).catch(() => undefined);
}

function parsed(content: Buffer): KeptNeighbours | undefined {
  const end = content.indexOf(LINE_END);
  if (end < 0) return undefined;
  try {
    const head = headSchema.parse(JSON.parse(content.toString('utf8', 0, end)));
    const body = content.subarray(end + 1);
    if (body.length !== head.idBytes + 8 * head.faces + 8 * head.pairs) return undefined;
    if (createHash('sha256').update(body).digest('hex') !== head.sha256) return undefined;
    const ids = z.array(z.string()).parse(JSON.parse(body.toString('utf8', 0, head.idBytes)));
    // Arrays start at whole words, which what was read need not.
    const words = new Uint8Array(body.subarray(head.idBytes)).buffer;
    const kept = {
      neighbours: head.neighbours,
      minSimilarity: head.minSimilarity,
      ids,
      sums: new Uint32Array(words, 0, head.faces),
      counts: new Int32Array(words, 4 * head.faces, head.faces),
      others: new Int32Array(words, 8 * head.faces, head.pairs),
      similarities: new Float32Array(words, 8 * head.faces + 4 * head.pairs, head.pairs),
    };
    return isWhole(kept) ? kept : undefined;
  } catch {
    return undefined;
  }
}

function isWhole({ neighbours, ids, counts, others }: KeptNeighbours): boolean {
  let pairs = 0;
  for (const count of counts) {
    if (count > neighbours) return false;
    pairs += Math.max(0, count);
  }
  if (pairs !== others.length || ids.length !== counts.length) return false;
  for (const other of others) if (other < 0 || other >= ids.length) return false;
  return true;
}
