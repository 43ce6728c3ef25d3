import type { DetectorCard, InferenceSession, ModelCard, ModelRuntime } from '@fr-stream/core';
import { findCardFor, parseModelCard } from '@fr-stream/models';
import { describe, expect, it } from 'vitest';
import { createEngine, definePlugin, PLUGIN_CONTRACT, Plugins, type Plugin } from '../src/index.js';

const base = findCardFor('detector', 'ultraface-rfb-320');
const card: DetectorCard = {
  ...base,
  id: 'acme-one',
  decode: { family: 'acme/one', landmarks: false, output: 'boxes', scale: 320 },
};
const nothing = async () => undefined;

/** Sessions that give one row: x, y, width, height in parts of the input, and a score. */
function runtime(log: string[]): ModelRuntime {
  return {
    load: async <Card extends ModelCard>(asked: Card) => {
      log.push(`load ${asked.id}`);
      const session: InferenceSession = {
        inputs: [{ name: 'input', type: 'float32', dims: [1, 3, 240, 320] }],
        outputs: [{ name: 'boxes', type: 'float32', dims: [1, 5] }],
        provider: 'cpu',
        run: async () => ({
          boxes: { type: 'float32', dims: [1, 5], data: Float32Array.of(0.25, 0.25, 0.5, 0.25, 0.9) },
        }),
        [Symbol.asyncDispose]: nothing,
      };
      return { card: asked, session };
    },
    [Symbol.asyncDispose]: async () => void log.push('runtime gone'),
  };
}

const acme = definePlugin({
  name: 'acme',
  contract: PLUGIN_CONTRACT,
  cards: [card],
  families: {
    one: {
      decoder: (spec) => (outputs) => {
        const [x, y, width, height, score] = outputs[String(spec.output)].data;
        const scale = Number(spec.scale);
        const part = (value: number | bigint) => Number(value) * scale;
        const box = { x: part(x), y: part(y), width: part(width), height: part(height) };
        return [{ box, score: Number(score) }];
      },
    },
  },
});

/** A detector that has landmarks, so that no landmarker is loaded. */
const other: Plugin = {
  name: 'other',
  contract: PLUGIN_CONTRACT,
  embedders: {
    tiny: {
      facts: { id: 'other-tiny', thresholds: { cosine: 0.6 } },
      create: async () => ({
        id: 'other-tiny',
        size: 2,
        template: 'arcface-112',
        threshold: 0.6,
        embed: async () => [],
        [Symbol.asyncDispose]: nothing,
      }),
    },
  },
};

describe('plugins', () => {
  it("run a card of a family that core does not know, with the plugin's decoder", async () => {
    const log: string[] = [];
    const engine = await createEngine(
      { detector: 'acme-one', embedder: 'tiny', plugins: new Plugins([acme, other]) },
      runtime(log),
    );
    expect(engine.models).toEqual(['acme-one', 'other-tiny', 'faceplugin-landmark-68']);
    expect(engine.embedderCard).toEqual({ id: 'other-tiny', thresholds: { cosine: 0.6 } });
    const plain = await createEngine(
      {
        detector: { ...card, decode: { family: 'acme/one', landmarks: true, output: 'boxes', scale: 320 } },
        embedder: 'tiny',
        plugins: new Plugins([acme, other]),
      },
      runtime([]),
    );
    const image = { format: 'rgb24', width: 640, height: 480, data: new Uint8Array(640 * 480 * 3) } as const;
    const [[face]] = await plain.detector.detect([image]);
    // The input is half as large as the picture.
    expect(face.box).toEqual({ x: 160, y: 160, width: 320, height: 160 });
    await engine[Symbol.asyncDispose]();
    expect(log.at(-1)).toBe('runtime gone');
  });

  it('that a card needs and nobody loaded are named, before a model is, and the runtime is let go', async () => {
    const log: string[] = [];
    const load = createEngine(
      { detector: card, embedder: 'tiny', plugins: new Plugins([other]) },
      runtime(log),
    );
    await expect(load).rejects.toMatchObject({
      code: 'MODEL_UNKNOWN',
      hint: 'Load the plugin: --plugin acme',
    });
    expect(log).toEqual(['runtime gone']);
  });

  it('of another contract are refused, and names that are there already', () => {
    expect(() => new Plugins([{ name: 'old', contract: 0 }])).toThrow(/contract 0.*has contract 1/);
    expect(() => new Plugins([acme, acme])).toThrow(/there is a "acme\/one" already/);
    const tracker = () => ({
      update: () => ({ tracks: [], ended: [] }),
      reset: () => undefined,
      finish: () => [],
    });
    expect(() => new Plugins([{ name: 'mine', contract: 1, trackers: { byte: tracker } }])).toThrow(/"byte"/);
    expect(() => new Plugins().analyzer('mood')).toThrow(/no analyser "mood"/);
  });

  it('have cards that are valid as files, whose own words are kept', () => {
    expect(parseModelCard(JSON.parse(JSON.stringify(card)), 'acme.json')).toEqual(card);
    const without = { ...card, decode: { family: 'acme/one' } };
    expect(() => parseModelCard(without, 'acme.json')).toThrow(/decode\.landmarks: .*boolean/);
    // A misspelt family of core is no plugin's.
    const misspelt = { ...card, decode: { family: 'yunett' } };
    expect(() => parseModelCard(misspelt, 'acme.json')).toThrow(/decode\.family: /);
    const wrong = { ...base, decode: { family: 'ultraface', scores: 'a' } };
    expect(() => parseModelCard(wrong, 'acme.json')).toThrow(/is not a model card: decode\.boxes: [^;]*$/);
  });
});
