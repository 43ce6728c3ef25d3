import { imageByteLength, type Face, type FrameFaces, type Image, type PixelFormat } from '@fr-stream/core';
import {
  type Annotator,
  blurAnnotator,
  boxAnnotator,
  composeAnnotators,
  faceColor,
  fillRect,
  labelAnnotator,
  landmarkAnnotator,
  measureText,
  readableOn,
  toYuv,
} from '@fr-stream/stream';
import { describe, expect, it } from 'vitest';
import { blankImage, faceAt, itemOf, pixel } from '../support/faces.js';

const FORMATS: readonly PixelFormat[] = ['rgb24', 'rgba32', 'yuv420p'];

function annotate(format: PixelFormat, faces: readonly Face[], ...annotators: readonly Annotator[]): Image {
  const image = blankImage(format, 200, 160);
  composeAnnotators(...annotators)(image, itemOf(image, faces));
  return image;
}

describe('toYuv', () => {
  // Worked from the defining equations of ITU-R BT.601 and BT.709, 8 bit.
  it.each([
    [[255, 255, 255], 'bt601', 'limited', [235, 128, 128]],
    [[0, 0, 0], 'bt709', 'limited', [16, 128, 128]],
    [[255, 0, 0], 'bt601', 'limited', [81, 90, 240]],
    [[255, 0, 0], 'bt709', 'limited', [63, 102, 240]],
    [[0, 0, 255], 'bt601', 'full', [29, 255, 107]],
  ] as const)('encodes %j in %s %s', (rgb, matrix, range, expected) => {
    toYuv(rgb, { matrix, range }).forEach((value, i) =>
      expect(Math.abs(value - expected[i])).toBeLessThan(1),
    );
  });
});

describe.each(FORMATS)('in %s', (format) => {
  it('draws the box to the inside of its edge and nowhere else', () => {
    const image = annotate(
      format,
      [faceAt(40, 60, 50, 40)],
      boxAnnotator({ thickness: 2, color: () => [255, 0, 0] }),
    );
    const red = [255, 0, 0];
    for (const [x, y] of [
      [40, 60],
      [89, 99],
      [41, 80],
      [60, 61],
      [88, 70],
    ] as const) {
      expect(pixel(image, x, y).map((v, i) => Math.abs(v - (red[i] ?? 0)) <= 4)).toEqual([true, true, true]);
    }
    for (const [x, y] of [
      [38, 60],
      [90, 80],
      [60, 80],
      [42, 62],
      [60, 58],
      [60, 100],
    ] as const) {
      expect(pixel(image, x, y), `${x},${y}`).toEqual(pixel(blankImage(format, 200, 160), x, y));
    }
  });

  it('keeps to the image when boxes, labels and points reach outside it', () => {
    const faces = [
      faceAt(-30, -20, 60, 60),
      faceAt(180, 150, 90, 90),
      faceAt(-500, -500, 10, 10),
      faceAt(5, 5, 4000, 4000),
    ];
    const image = annotate(
      format,
      faces,
      boxAnnotator(),
      landmarkAnnotator(),
      labelAnnotator(),
      blurAnnotator(() => true),
    );
    expect(image.data.length).toBe(imageByteLength(format, 200, 160));
  });

  it('writes text in black or white on the face colour', () => {
    const face = faceAt(40, 60, 50, 40, 'Ada');
    const image = annotate(format, [face], labelAnnotator({ size: 16 }));
    const plate = faceColor(face);
    expect(pixel(image, 41, 58).map((v, i) => Math.abs(v - (plate[i] ?? 0)) <= 6)).toEqual([
      true,
      true,
      true,
    ]);
    const ink = readableOn(plate)[0];
    let inked = 0;
    for (let y = 43; y < 60; y++)
      for (let x = 40; x < 110; x++)
        if (
          Math.abs((pixel(image, x, y)[0] ?? 0) - ink) < 60 &&
          Math.abs((pixel(image, x, y)[1] ?? 0) - ink) < 60
        )
          inked++;
    expect(inked).toBeGreaterThan(60);
  });

  it('flattens hidden faces and leaves the others', () => {
    const image = blankImage(format, 200, 160);
    for (let i = 0; i < 200; i += 4) fillRect(image, i, 0, 2, 160, [255, 255, 255]);
    const before = image.data.slice();
    blurAnnotator()(image, itemOf(image, [faceAt(20, 40, 60, 60), faceAt(120, 40, 60, 60, 'Ada')]));
    const tile = [pixel(image, 40, 60), pixel(image, 41, 60), pixel(image, 42, 61)];
    expect(tile[1]).toEqual(tile[0]);
    expect(tile[2]).toEqual(tile[0]);
    const untouched: Image = { ...image, data: before };
    for (let x = 110; x < 200; x++) expect(pixel(image, x, 70)).toEqual(pixel(untouched, x, 70));
  });
});

it('puts landmarks where they are', () => {
  const face = faceAt(40, 60, 50, 40);
  const marked: Face = {
    ...face,
    detection: { ...face.detection, landmarks: { scheme: '5', points: [{ x: 50, y: 70 }] } },
  };
  const image = annotate('rgb24', [marked], landmarkAnnotator({ radius: 2, color: () => [0, 255, 0] }));
  expect(pixel(image, 50, 70)).toEqual([0, 255, 0]);
  expect(pixel(image, 51, 71)).toEqual([0, 255, 0]);
  expect(pixel(image, 53, 70)).toEqual(pixel(blankImage('rgb24', 200, 160), 53, 70));
});

describe('colours', () => {
  it('depend on the person alone, and set strangers apart by being pale', () => {
    expect(faceColor(faceAt(0, 0, 9, 9, 'Ada'))).toEqual(faceColor(faceAt(50, 5, 30, 30, 'Ada')));
    const saturation = (face: Face): number => {
      const rgb = faceColor(face);
      return 1 - Math.min(...rgb) / Math.max(...rgb);
    };
    for (let i = 0; i < 50; i++) {
      expect(saturation(faceAt(0, 0, 9, 9, `person ${i}`))).toBeGreaterThan(0.8);
      const stranger: Face = {
        ...faceAt(0, 0, 9, 9),
        identity: { kind: 'unknown', label: `unknown-${i}`, reason: 'below-threshold' },
      };
      expect(saturation(stranger)).toBeLessThan(0.3);
    }
  });

  it('are readable: text on them has a contrast of at least 4.5 (WCAG AA)', () => {
    const luminance = ([r, g, b]: readonly number[]): number => {
      const f = (v = 0): number =>
        v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4;
      return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
    };
    for (let i = 0; i < 200; i++) {
      const plate = faceColor(faceAt(0, 0, 9, 9, `p${i}`));
      const [a, b] = [luminance(plate), luminance(readableOn(plate))].sort((x, y) => x - y) as [
        number,
        number,
      ];
      expect((b + 0.05) / (a + 0.05)).toBeGreaterThan(4.5);
    }
  });
});

describe('text', () => {
  it('covers the scripts of its fonts, and shows a box for others', () => {
    for (const name of [
      'José Åström',
      'Łukasz',
      'Ιωάννης',
      'Дмитрий',
      'Nguyễn',
      '王小明',
      '👩',
      'العربية',
      'a\u0301',
      '',
    ]) {
      expect(() => annotate('yuv420p', [faceAt(40, 60, 50, 40, name)], labelAnnotator())).not.toThrow();
    }
    expect(measureText('王', 20)).toBeCloseTo(12, 5);
    expect(measureText('MM', 20)).toBeCloseTo(2 * measureText('M', 20), 5);
  });
});

it('does nothing for a frame without faces', () => {
  const item: FrameFaces = itemOf(blankImage('rgb24', 200, 160), []);
  const image = annotate('rgb24', item.faces, boxAnnotator(), labelAnnotator());
  expect(Buffer.from(image.data).equals(Buffer.from(blankImage('rgb24', 200, 160).data))).toBe(true);
});
