import {
  ArgumentError,
  Gallery,
  MemoryGalleryStore,
  safeFileName,
  safeJson,
  safeText,
} from '@fr-stream/core';
import { describe, expect, it } from 'vitest';

const ESC = '\u001b';

describe('safeText', () => {
  it('turns what acts on a terminal or hides into escapes', () => {
    expect(safeText(`a${ESC}[31mb`)).toBe('a\\u001b[31mb');
    expect(safeText('one\ntwo\r\tthree')).toBe('one\\ntwo\\r\\tthree');
    // C1: CSI as one character; DEL.
    expect(safeText('\u009b31m\u007f')).toBe('\\u009b31m\\u007f');
    // "Trojan Source": the file name that looks like another.
    expect(safeText('photo\u202egpj.exe')).toBe('photo\\u202egpj.exe');
    expect(safeText('Ada\u200b \ufeff\u00ad\u2066')).toBe('Ada\\u200b \\ufeff\\u00ad\\u2066');
    expect(safeText('\ud800')).toBe('\\ud800');
    expect(safeText('\u{e0041}')).toBe('\\u{e0041}');
  });

  it('leaves the writing of all people as it is', () => {
    for (const text of [
      'Zoë Ångström',
      'Łukasz',
      '李小龍',
      'محمد',
      'אבג',
      'क्षत्रिय',
      'می\u200cخواهم',
      '👩\u200d🚀 Sally',
      "O'Hara-Ñ",
    ]) {
      expect(safeText(text)).toBe(text);
    }
  });
});

describe('safeJson', () => {
  it('reads back as the very same value, and holds nothing that acts', () => {
    const value = {
      [`k${ESC}`]: ['\u009b', '\u202e', '\u2028', '\ufeff', '\u{e0041}', '\ud800', 'ä 👩\u200d🚀'],
      n: 1.5,
    };
    for (const text of [safeJson(value), safeJson(value, 2)]) {
      expect(JSON.parse(text)).toEqual(value);
      expect(safeText(text.replaceAll('\n', ''))).toBe(text.replaceAll('\n', ''));
    }
  });
});

describe('safeFileName', () => {
  it('is one name in the folder, on every system', () => {
    expect(safeFileName('../../etc/passwd')).toBe('__.._etc_passwd');
    expect(safeFileName('a:b*c?')).toBe('a_b_c_');
    expect(safeFileName('nul')).toBe('_nul');
    expect(safeFileName('COM1.txt')).toBe('_COM1.txt');
    expect(safeFileName('trailing. ')).toBe('trailing_');
    expect(safeFileName(`x${ESC}\u202e`)).toBe('x__');
    expect(safeFileName('')).toBe('_');
    const long = safeFileName('字'.repeat(300));
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(200);
    expect(long).toMatch(/^字+$/);
  });
});

describe('names of people', () => {
  const faces = [
    { embedding: { vector: Float32Array.of(1, 0), norm: 1, model: 'toy' }, source: 'a.jpg', quality: 1 },
  ];
  const enrolled = async (name: string): Promise<string> => {
    await using gallery = await Gallery.open(new MemoryGalleryStore(), { createId: () => 'id' });
    await gallery.enroll(name, faces);
    return gallery.people()[0]?.name ?? '';
  };

  it('are kept composed (NFC), trimmed, with single spaces', async () => {
    expect(await enrolled(' Zoe\u0308 \u00a0 A\u030angstro\u0308m\u3000')).toBe(
      'Zo\u00eb \u00c5ngstr\u00f6m',
    );
    expect(await enrolled('👩\u200d🚀')).toBe('👩\u200d🚀');
    expect(await enrolled('a'.repeat(200))).toHaveLength(200);
  });

  it.each([
    ['', 'not empty'],
    [' \u00a0 ', 'not empty'],
    ['Ada\nBob', '\\n'],
    ['Ada\t', '\\t'],
    [`Ada${ESC}[2J`, '\\u001b'],
    ['Ada\u202e', '\\u202e'],
    ['A\u200bda', '\\u200b'],
    ['\ufeffAda', '\\ufeff'],
    ['a'.repeat(201), 'at most 200'],
    ['unknown-1', 'is a label'],
  ])('refuses %j', async (name, why) => {
    const error: unknown = await enrolled(name).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(ArgumentError.isInstance(error)).toBe(true);
    expect((error as Error).message).toContain(why);
  });
});
