import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { FrStreamError, ModelError } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_CHAIN,
  MODEL_CARDS,
  findCard,
  findCardFor,
  modelCardJsonSchema,
  nearestIds,
  parseModelCard,
} from '../src/index.js';

const root = new URL('..', import.meta.url);
const shared = new URL('../../../shared/models/', import.meta.url);

function caught(action: () => unknown): FrStreamError {
  try {
    action();
  } catch (error) {
    if (FrStreamError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('expected an error');
}

/** A mutable copy of a card as JSON, `change` applied. */
function changed(id: string, change: (card: Record<string, unknown>) => void): unknown {
  const card = JSON.parse(JSON.stringify(findCard(id))) as Record<string, unknown>;
  change(card);
  return card;
}

describe('the cards', () => {
  it('are what the generated module and the JSON Schema file hold', async () => {
    const script = fileURLToPath(new URL('scripts/generate.mjs', root));
    const run = promisify(execFile);
    await run(process.execPath, ['--import', 'tsx', '--conditions=@fr-stream/source', script, '--check'], {
      cwd: fileURLToPath(root),
    });
  });

  it('are all there, one file each, under their ids', () => {
    const files = readdirSync(new URL('cards/', root)).map((name) => name.replace(/\.json$/, ''));
    expect(MODEL_CARDS.map((card) => card.id)).toEqual(files.sort());
  });

  it('name the default chain from the npm registry alone', () => {
    for (const card of Object.values(DEFAULT_CHAIN)) {
      expect(card.sources.length).toBeGreaterThan(0);
      for (const source of card.sources) expect(source).toMatch(/^npm:/);
      expect(card.licence.acceptRequired ?? false).toBe(false);
    }
    expect(DEFAULT_CHAIN.embedder.decode).toMatchObject({ size: 512, template: 'arcface-112' });
  });

  it('ask for consent before research-only weights', () => {
    for (const card of MODEL_CARDS) {
      if (card.licence.commercialUse === 'no') expect(card.licence.acceptRequired, card.id).toBe(true);
    }
  });

  it.skipIf(!existsSync(shared))('have the checksums of the free-standing files', () => {
    const files: Record<string, string> = {
      'yunet-2023mar': 'face_detection_yunet_2023mar.onnx',
      'yunet-n-dynamic': 'yunet_n_dynamic.onnx',
      'scrfd-500m-kps': 'scrfd_500m_kps.onnx',
      'scrfd-2.5g-kps': 'scrfd_2.5g_bnkps.onnx',
      'mobilefacenet-128': 'mobilefacenet_128.onnx',
    };
    for (const [id, file] of Object.entries(files)) {
      const bytes = readFileSync(new URL(file, shared));
      expect(findCard(id).bytes, id).toBe(bytes.length);
      expect(findCard(id).sha256, id).toBe(createHash('sha256').update(bytes).digest('hex'));
    }
  });
});

describe('parseModelCard', () => {
  it('takes every card that JSON can carry, editor reference included', () => {
    for (const card of MODEL_CARDS) {
      const json: unknown = JSON.parse(JSON.stringify({ $schema: 'x', ...card }));
      expect(parseModelCard(json, card.id)).toEqual(card);
    }
  });

  it.each<[string, string, (card: Record<string, unknown>) => void, RegExp]>([
    ['a checksum that is cut', 'yunet-2023mar', (c) => (c.sha256 = 'abc'), /sha256: must be 64/],
    [
      'one mean for three channels',
      'yunet-2023mar',
      (c) => {
        c.input = { ...(c.input as object), mean: [0] };
      },
      /input\.mean: must hold one value per channel \(3 for bgr\)/,
    ],
    [
      'two outputs for three strides',
      'scrfd-2.5g-kps',
      (c) => {
        c.decode = { ...(c.decode as object), scores: ['446', '466'] };
      },
      /decode\.scores: must name one output per stride \(3\)/,
    ],
    ['a key that no card has', 'yunet-2023mar', (c) => (c.colour = 'red'), /colour/],
    ['an http source', 'yunet-2023mar', (c) => (c.sources = ['http://example.org/x.onnx']), /sources\[0\]/],
    ['a version range', 'yunet-2023mar', (c) => (c.sources = ['npm:pkg@^1.0.0/x.onnx']), /sources\[0\]/],
    ['a path that climbs out', 'yunet-2023mar', (c) => (c.sources = ['npm:pkg@1.0.0/../x']), /sources\[0\]/],
    ['another task', 'yunet-2023mar', (c) => (c.task = 'painter'), /task/],
    [
      'an std of zero',
      'faceplugin-landmark-68',
      (c) => {
        c.input = { ...(c.input as object), std: [0] };
      },
      /input\.std\[0\]: must not be 0/,
    ],
  ])('refuses %s, naming where and why', (_, id, change, reason) => {
    const error = caught(() => parseModelCard(changed(id, change), 'my-card.json'));
    expect(error).toBeInstanceOf(ModelError);
    expect(error.code).toBe('MODEL_CARD_INVALID');
    expect(error.message).toMatch(/^my-card\.json is not a model card: /);
    expect(error.message).toMatch(reason);
    expect(error.hint).toContain('schema');
  });

  it.each([null, 7, 'card', [], {}])('refuses %j', (value) => {
    expect(caught(() => parseModelCard(value, 'x')).code).toBe('MODEL_CARD_INVALID');
  });
});

describe('findCard', () => {
  it('names the ids that were probably meant', () => {
    const error = caught(() => findCard('scrfd-2.5-kps'));
    expect(error.code).toBe('MODEL_UNKNOWN');
    expect(error.hint).toMatch(/Did you mean scrfd-2\.5g-kps/);
    expect(caught(() => findCard('yunet')).hint).toMatch(
      /yunet-2023mar.*yunet-n-dynamic|yunet-n-dynamic.*yunet-2023mar/,
    );
  });

  it('says when a model does another task', () => {
    expect(findCardFor('embedder', 'mobilefacenet-128').decode.size).toBe(128);
    const error = caught(() => findCardFor('detector', 'mobilefacenet-128'));
    expect(error.message).toContain('does the task "embedder", not "detector"');
    expect(error.hint).toContain('ultraface-rfb-320');
  });

  it('orders by similarity', () => {
    expect(nearestIds('ada', ['bob', 'ade', 'adam'], 2)).toEqual(['adam', 'ade']);
  });
});

it('the JSON Schema lists the same required fields as the type', () => {
  const schema = modelCardJsonSchema() as { oneOf?: { required?: string[] }[] };
  expect(schema.oneOf).toHaveLength(4);
  for (const kind of schema.oneOf ?? []) {
    expect(kind.required).toEqual(
      expect.arrayContaining(['id', 'task', 'input', 'decode', 'sha256', 'sources', 'licence']),
    );
  }
});
