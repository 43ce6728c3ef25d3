import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const root = join(import.meta.dirname, '../../..');
const schema = z.object({
  name: z.string(),
  version: z.string(),
  private: z.boolean().optional(),
  description: z.string().min(20),
  license: z.literal('MIT'),
  keywords: z.array(z.string()).min(2),
  repository: z.object({ type: z.literal('git'), url: z.string(), directory: z.string() }),
  homepage: z.string(),
  bugs: z.string(),
  files: z.array(z.string()),
  publishConfig: z.object({ access: z.literal('public'), provenance: z.literal(true) }),
});
const folders = [...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`), 'models'];
const read = (folder: string): unknown =>
  JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));

describe.each(folders)('the manifest of %s', (folder) => {
  it('says all that a published package has to say', () => {
    const manifest = schema.parse(read(folder));
    expect(manifest.repository.directory).toBe(folder);
    expect(manifest.version).toBe(schema.parse(read('packages/core')).version);
    expect(manifest.files).toEqual(expect.arrayContaining(['README.md', 'LICENSE']));
  });
});
