import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inputsBesideOutputs } from '../src/compose/pattern-outputs.js';

const out = (value: string) => [{ option: '--out', value }];
const nothing = () => Promise.resolve(false);

describe('outputs named by a pattern', () => {
  it('leave out what an earlier run wrote beside the inputs', async () => {
    const ours = (path: string) => Promise.resolve(path === resolve('a/x.tagged.mp4'));
    const inputs = ['a/x.mp4', 'a/x.tagged.mp4', 'b/x.mp4'];
    expect(await inputsBesideOutputs(inputs, [], out('{dir}/{name}.tagged.mp4'), ours)).toEqual([
      'a/x.mp4',
      'b/x.mp4',
    ]);
  });

  it.each([
    ['an input that nobody but the user made', '{dir}/{name}.mp4', ['a/x.mov', 'a/x.mp4'], []],
    ['the output of another input', 'out/{name}.mp4', ['a/x.mov', 'b/x.mov'], []],
    [
      'the output of another input, by a pattern that is misspelt',
      '{dir}/{nmae}.mp4',
      ['a/x.mp4', 'a/y.mp4'],
      [],
    ],
    ['what is written of the photos', '{name}.csv', ['photos.mp4'], ['photos']],
  ])('never write over %s', async (_, pattern, inputs, others) => {
    await expect(inputsBesideOutputs(inputs, others, out(pattern), nothing)).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
    });
  });
});
