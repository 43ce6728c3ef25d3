import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrameFaces } from '@fr-stream/core';
import { galleryStoreConformance, vectorIndexConformance } from '@fr-stream/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogGalleryStore } from '../../../examples/own-gallery-store.js';
import { MapIndex } from '../../../examples/own-index.js';
import { PresenceSink } from '../../../examples/own-sink.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-example-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('examples/own-index.ts keeps the contract', () => {
  const suite = vectorIndexConformance((dimensions, metric) =>
    Promise.resolve(new MapIndex(dimensions, metric)),
  );
  for (const check of suite) it(check.name, check.run);
});

describe('examples/own-gallery-store.ts keeps the contract', () => {
  const make = () => LogGalleryStore.open(join(folder, 'gallery.jsonl'));
  for (const check of galleryStoreConformance({ make })) it(check.name, check.run);

  it('finds everything again', async () => {
    await using store = await make();
    const vector = Float32Array.of(0.6, 0.8);
    const entry = { action: 'enroll Ada', people: ['p1'], undo: [] };
    await store.apply(
      [
        { kind: 'add-person', person: { id: 'p1', name: 'Ada' } },
        {
          kind: 'add-faces',
          embedder: 'net',
          faces: [{ id: 'f1', personId: 'p1', vector, source: 'a.jpg', quality: 1 }],
        },
      ],
      entry,
    );
    expect(await store.claimLabels(3)).toBe(1);
    await using again = await make();
    expect(await again.load()).toEqual(await store.load());
    expect(await again.history()).toMatchObject([{ action: 'enroll Ada' }]);
    expect(await again.claimLabels(1)).toBe(4);
  });

  it('says so when the file is something else', async () => {
    await writeFile(join(folder, 'gallery.jsonl'), 'Dear Ada,\n');
    await expect(make()).rejects.toMatchObject({ code: 'GALLERY_INVALID' });
  });
});

describe('examples/own-sink.ts', () => {
  const seen = (timeMs: number, ...names: string[]) =>
    ({
      frame: { timeMs },
      faces: names.map((name) => ({ identity: { kind: 'known', name, personId: name, score: 0.9 } })),
    }) as unknown as FrameFaces;

  it('tells who comes and goes, once', async () => {
    const told: unknown[] = [];
    const publishAsync = async (topic: string, message: string): Promise<void> => {
      told.push([topic, JSON.parse(message)]);
    };
    const sink = new PresenceSink({ publishAsync }, 'house/door');
    for (const [i, names] of [[], ['Ada'], ['Ada'], ['Grace', 'Ada'], ['Ada']].entries()) {
      await sink.write(seen(40 * i, ...names));
    }
    await sink.close();
    expect(told).toEqual([
      ['house/door', { present: ['Ada'], timeMs: 40 }],
      ['house/door', { present: ['Ada', 'Grace'], timeMs: 120 }],
      ['house/door', { present: ['Ada'], timeMs: 160 }],
      ['house/door', { present: [] }],
    ]);
  });

  it('names the topic when the broker takes nothing', async () => {
    const publishAsync = () => Promise.reject(new Error('not authorised'));
    const sink = new PresenceSink({ publishAsync }, 'house/door');
    await expect(sink.write(seen(0, 'Ada'))).rejects.toThrow(/house\/door/);
  });
});
