import { randomUUID } from 'node:crypto';
import { chmod, open, readFile, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '@fr-stream/model-files';
import { IndexError, SinkError, messageOf, type HnswSettings } from '@fr-stream/core';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { hashFile, withProcessLock } from '@fr-stream/model-files';

const fileSchema = z.strictObject({
  name: z.string().regex(/^[a-z]+-[0-9a-f]{64}\.[a-z]+$/),
  sha256: z.string(),
});

const common = {
  format: z.literal('fr-stream-hnsw'),
  metric: z.enum(['cosine', 'l2']),
  dimensions: z.number().int().positive(),
  m: z.number().int().positive(),
  efConstruction: z.number().int().positive(),
  efSearch: z.number().int().positive().optional(),
  graph: fileSchema,
};

const manifestSchema = z.discriminatedUnion('version', [
  /** A graph as hnswlib writes it, and what belongs to its vectors in a file of its own. */
  z.strictObject({ version: z.literal(1), ...common, items: fileSchema }),
  /** `HnswGraphIndex.toBytes`, which holds everything. */
  z.strictObject({ version: z.literal(2), ...common }),
]);

/** What the small file that is written last says about the large ones. */
export type HnswManifest = z.output<typeof manifestSchema>;
export type SavedSettings = HnswSettings & { readonly dimensions: number };

/** What lies beside a graph of hnswlib, which knows vectors by number alone. */
export const hnswlibItemsSchema = z.strictObject({
  /** By label; null where the slot is free. */
  ids: z.array(z.string().nullable()),
  /** In the order in which slots will be taken again, from the end. */
  free: z.array(z.number().int().nonnegative()),
  metadata: z.record(z.string(), z.json()),
  groups: z.record(z.string(), z.string()).optional(),
});

const manifestName = 'manifest.json';

/** Files of a saved index besides its manifest. */
const DATA_FILE = /^(?:graph|items)-[0-9a-f-]+\.(?:hnsw|json|tmp)$/;

export interface SavedHnsw {
  readonly settings: SavedSettings;
  /** Absolute path of the graph, its checksum verified. */
  readonly graph: string;
  /** Beside a graph of hnswlib, see {@link hnswlibItemsSchema}; undefined for a built-in graph. */
  readonly items?: unknown;
}

/** Makes sure that the content survives a power cut before anything refers to it. */
async function flush(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Writes an index into a folder so that a reader finds the old state or the new one, whole: the large files are
 * named by their content, and the manifest that names them is renamed into place last.
 *
 * @param items of a graph of hnswlib; undefined for a built-in graph.
 * @param writeGraph writes the graph to the path that it is given.
 * @throws SinkError (OUTPUT_UNWRITABLE)
 */
export async function saveHnsw(
  folder: string,
  settings: SavedSettings,
  items: unknown,
  writeGraph: (path: string) => Promise<unknown>,
): Promise<void> {
  try {
    // Embeddings of faces are their owner's alone.
    await makeFolder(folder, 0o700);
    await withProcessLock(join(folder, 'lock'), async () => {
      const place = async (kind: string, extension: string, write: (path: string) => Promise<unknown>) => {
        const temporary = join(folder, `${kind}-${randomUUID()}.tmp`);
        try {
          await write(temporary);
          await chmod(temporary, 0o600);
          await flush(temporary);
          const sha256 = await hashFile(temporary);
          const name = `${kind}-${sha256}.${extension}`;
          await rename(temporary, join(folder, name));
          return { name, sha256 };
        } finally {
          await rm(temporary, { force: true });
        }
      };
      const manifest: HnswManifest = {
        format: 'fr-stream-hnsw',
        ...settings,
        graph: await place('graph', 'hnsw', writeGraph),
        ...(items === undefined
          ? { version: 2 }
          : {
              version: 1,
              items: await place('items', 'json', (path) => writeFileAtomic(path, JSON.stringify(items))),
            }),
      };
      await writeFileAtomic(join(folder, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
      const kept = filesOf(manifest).map(({ name }) => name);
      for (const name of await readdir(folder)) {
        const ours = DATA_FILE.test(name);
        if (ours && !kept.includes(name)) await rm(join(folder, name));
      }
    });
  } catch (cause) {
    throw new SinkError('OUTPUT_UNWRITABLE', `The index cannot be saved in ${folder}: ${messageOf(cause)}`, {
      hint: 'Check free space and write permission; what was saved there before is unharmed.',
      cause,
    });
  }
}

/**
 * Removes a saved index, whatever state it is in, and its folder unless that holds files of others.
 * @throws NodeJS.ErrnoException
 */
export async function removeHnsw(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (name === manifestName || DATA_FILE.test(name)) await rm(join(folder, name), { force: true });
  }
  await rmdir(folder).catch(() => undefined);
}

function invalid(folder: string, reason: string, cause?: unknown): IndexError {
  return new IndexError('INDEX_INVALID', `The index in ${folder} cannot be used: ${reason}`, {
    hint: 'Restore the folder from a backup, or delete it and build the index anew.',
    cause,
  });
}

/**
 * Reads what {@link saveHnsw} wrote.
 * @throws IndexError (INDEX_INVALID) when anything is missing, changed, or of an unknown version.
 */
export async function loadHnsw(folder: string): Promise<SavedHnsw> {
  // A writer may replace the files between our reading the manifest and reading them; then the manifest is new too.
  for (let attempt = 1; ; attempt++) {
    const text = await readFile(join(folder, manifestName), 'utf8').catch((cause: unknown) => {
      throw invalid(folder, messageOf(cause), cause);
    });
    const manifest = parseManifest(folder, text);
    const { graph, metric, dimensions, m, efConstruction, efSearch } = manifest;
    const settings = {
      metric,
      dimensions,
      m,
      efConstruction,
      ...(efSearch !== undefined && { efSearch }),
    };
    try {
      for (const { name, sha256 } of filesOf(manifest)) {
        if ((await hashFile(join(folder, name))) !== sha256)
          throw invalid(folder, `${name} has been changed`);
      }
      const saved = { settings, graph: join(folder, graph.name) };
      if (manifest.version === 2) return saved;
      const items: unknown = JSON.parse(await readFile(join(folder, manifest.items.name), 'utf8'));
      return { ...saved, items };
    } catch (cause) {
      if (IndexError.isInstance(cause)) throw cause;
      if (attempt === 3) throw invalid(folder, messageOf(cause), cause);
    }
  }
}

function filesOf(manifest: HnswManifest): readonly z.output<typeof fileSchema>[] {
  return manifest.version === 1 ? [manifest.graph, manifest.items] : [manifest.graph];
}

function parseManifest(folder: string, text: string): HnswManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(folder, `${manifestName} is no JSON`, cause);
  }
  const result = manifestSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw invalid(
    folder,
    `${manifestName}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
    result.error,
  );
}
