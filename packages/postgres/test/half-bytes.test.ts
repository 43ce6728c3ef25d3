import { expect, it } from 'vitest';
import { halfvecBytes } from '../src/vectors/half-bytes.js';

it('gives vectors in the binary form of halfvec, rounded to the nearest half', () => {
  // Binary16 as IEEE 754 has it: halves of one, ties to even, subnormals, too large, too small.
  const halves: readonly (readonly [number, number])[] = [
    [1, 0x3c00],
    [-2, 0xc000],
    [0.1, 0x2e66],
    [65504, 0x7bff],
    [65520, 0x7c00],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2 ** -14, 0x0400],
    [2 ** -14 - 2 ** -25, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [-(2 ** -26), 0x8000],
  ];
  // Not at the beginning of its buffer.
  const vector = Float32Array.of(7, ...halves.map(([value]) => value)).subarray(1);
  const bytes = halfvecBytes(vector);
  expect([bytes.readUInt16BE(0), bytes.readUInt16BE(2), bytes.length]).toEqual([12, 0, 28]);
  expect(halves.map((_, i) => bytes.readUInt16BE(4 + 2 * i))).toEqual(halves.map(([, half]) => half));
});
