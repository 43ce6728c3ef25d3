import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ModelCard, ModelConverter } from '@fr-stream/core';
import { findCard } from '@fr-stream/models';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NodeModelStore } from '../../src/index.js';

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('derived models', () => {
  let folder: string;
  let card: ModelCard;
  let conversions: number;

  /** Joins its files: enough to see what the store hands it and does with the result. */
  const joining: ModelConverter = {
    version: '1',
    convert: (_derivation, files) => {
      conversions++;
      return Uint8Array.from(files.flatMap((file) => [...file]));
    },
    freeBatch: () => undefined,
  };
  const open = () => new NodeModelStore({ folder: join(folder, 'cache'), converter: async () => joining });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'derived-'));
    conversions = 0;
    const sources = [];
    for (const [name, text] of [
      ['model.json', 'graph '],
      ['weights.bin', 'weights'],
    ]) {
      const path = join(folder, name);
      await writeFile(path, text);
      sources.push({ source: pathToFileURL(path).href, sha256: sha256(text) });
    }
    card = {
      ...findCard('dlib-resnet-128'),
      bytes: 13,
      sha256: sha256('graph weights'),
      derived: { converter: '1', architecture: 'tfjs-graph', sources },
    };
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('are made once of their sources, in order, and again when the file is damaged', async () => {
    const store = open();
    expect(new TextDecoder().decode(await store.bytes(card))).toBe('graph weights');
    const path = await store.path(card);
    expect(await store.verify(card)).toBe('ok');
    expect(conversions).toBe(1);
    await writeFile(path, 'graph WEIGHTS');
    expect(await store.verify(card)).toBe('corrupt');
    await store.pull(card);
    expect(await readFile(path, 'utf8')).toBe('graph weights');
    expect(conversions).toBe(2);
  });

  it('are refused when the conversion gives other bytes than the card says', async () => {
    await expect(open().bytes({ ...card, sha256: sha256('other') })).rejects.toMatchObject({
      code: 'MODEL_CORRUPT',
      hint: expect.stringMatching(/version 1 of the converter/) as unknown,
    });
    expect(await readdir(join(folder, 'cache', 'files'))).toHaveLength(2);
  });

  it('ask for a converter where there is none', async () => {
    const store = new NodeModelStore({ folder: join(folder, 'cache') });
    await expect(store.bytes(card)).rejects.toMatchObject({ code: 'MODEL_DOWNLOAD_FAILED' });
  });
});

describe('user cards', () => {
  it('are kept, listed and removed; a broken one is named', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cards-'));
    try {
      const { userCards } = new NodeModelStore({ folder });
      expect(await userCards.list()).toEqual([]);
      const mine = { ...findCard('yunet-2023mar'), id: 'mine' };
      const path = await userCards.save(mine);
      expect(await userCards.list()).toEqual([mine]);
      await writeFile(path, '{"id": "mine"}');
      await expect(userCards.list()).rejects.toMatchObject({
        code: 'MODEL_CARD_INVALID',
        message: expect.stringContaining('mine.json') as unknown,
      });
      await userCards.remove('mine');
      expect(await userCards.list()).toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
