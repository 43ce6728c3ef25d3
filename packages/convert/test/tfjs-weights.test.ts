import { describe, expect, it } from 'vitest';
import { fromFloat16 } from '../src/tfjs/float16.js';
import { readWeights } from '../src/tfjs/weights.js';

describe('fromFloat16', () => {
  // Values of the IEEE 754-2019 binary16 format, worked by hand from sign, exponent and fraction.
  it.each([
    [0x0000, 0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x3555, 0.333251953125],
    [0x7bff, 65504],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
  ])('reads 0x%s', (bits, value) => {
    expect(fromFloat16(bits)).toBe(value);
  });

  it('reads not-a-number', () => {
    expect(fromFloat16(0x7e00)).toBeNaN();
  });
});

describe('readWeights', () => {
  it('expands every kind of quantisation', () => {
    const bytes = new Uint8Array(2 + 4 + 4 + 8 + 2 + 2);
    const view = new DataView(bytes.buffer);
    view.setUint8(0, 0);
    view.setUint8(1, 255);
    view.setUint16(2, 10, true);
    view.setUint16(4, 65535, true);
    view.setUint16(6, 0x3c00, true);
    view.setUint16(8, 0xc000, true);
    view.setFloat32(10, 1.5, true);
    view.setFloat32(14, -0.25, true);
    view.setUint8(18, 3);
    view.setUint8(19, 7);
    view.setUint8(20, 1);
    view.setUint8(21, 0);
    const weights = readWeights(
      [
        { name: 'a', shape: [2], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.5, min: -3 } },
        { name: 'b', shape: [2, 1], dtype: 'float32', quantization: { dtype: 'uint16', scale: 2, min: 1 } },
        { name: 'c', shape: [2], dtype: 'float32', quantization: { dtype: 'float16' } },
        { name: 'd', shape: [2], dtype: 'float32' },
        { name: 'e', shape: [2], dtype: 'int32', quantization: { dtype: 'uint8', scale: 1.4, min: 0 } },
        { name: 'f', shape: [2], dtype: 'bool' },
      ],
      bytes,
    );
    expect([...(weights.get('a')?.data ?? [])]).toEqual([-3, 124.5]);
    expect([...(weights.get('b')?.data ?? [])]).toEqual([21, 131071]);
    expect([...(weights.get('c')?.data ?? [])]).toEqual([1, -2]);
    expect([...(weights.get('d')?.data ?? [])]).toEqual([1.5, -0.25]);
    // 3 * 1.4 = 4.2 and 7 * 1.4 = 9.8, rounded
    expect([...(weights.get('e')?.data ?? [])]).toEqual([4, 10]);
    expect([...(weights.get('f')?.data ?? [])]).toEqual([1, 0]);
  });

  it('refuses files that are too short or too long', () => {
    const entry = { name: 'w', shape: [3], dtype: 'float32' as const };
    expect(() => readWeights([entry], new Uint8Array(11))).toThrow(/end before w/);
    expect(() => readWeights([entry], new Uint8Array(13))).toThrow(/13 bytes.*12/);
  });
});
