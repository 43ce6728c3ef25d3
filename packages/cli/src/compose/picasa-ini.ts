import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { RegionArea } from '@fr-stream/library';

/** A face in a `.picasa.ini`. */
export interface PicasaFace {
  readonly name: string;
  /** Of the stored picture. */
  readonly area: RegionArea;
}

/** What Picasa calls who has no name. */
const NOBODY = /^f{16}$/;

/**
 * The faces that Picasa's files say are in photos: `.picasa.ini` in their folders, `Picasa.ini` of its first versions.
 * Names stand in the section `Contacts2`, by a hash; those in Picasa's own database alone are not found.
 */
export class PicasaFiles {
  #folder: string | undefined;
  #faces = new Map<string, readonly PicasaFace[]>();

  /** @param path of a photo; those of one folder are best asked for one after the other. */
  async of(path: string): Promise<readonly PicasaFace[]> {
    const folder = dirname(path);
    if (folder !== this.#folder) {
      this.#folder = folder;
      this.#faces = new Map();
      for (const name of ['.picasa.ini', 'Picasa.ini']) {
        const text = await readFile(join(folder, name), 'utf8').catch(() => undefined);
        if (text === undefined) continue;
        this.#faces = parsePicasaIni(text);
        break;
      }
    }
    return this.#faces.get(basename(path)) ?? [];
  }
}

/** @returns faces with a name, by the name of the file that shows them. */
export function parsePicasaIni(text: string): Map<string, readonly PicasaFace[]> {
  const names = new Map<string, string>();
  const lines = new Map<string, string>();
  let section = '';
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const title = /^\[(.+)\]\s*$/.exec(line)?.[1];
    if (title !== undefined) {
      section = title;
      continue;
    }
    const [, key = '', value = ''] = /^([^=]+)=(.*)$/.exec(line) ?? [];
    // `hash=Ada Lovelace;ada@example.org;`
    if (section === 'Contacts2') names.set(key.toLowerCase(), value.split(';')[0]?.trim() ?? '');
    else if (key === 'faces') lines.set(section, value);
  }
  const faces = new Map<string, readonly PicasaFace[]>();
  for (const [file, value] of lines) {
    const found = [...value.matchAll(/rect64\(([\da-f]{1,16})\),([\da-f]{1,16})/gi)].flatMap(
      ([, rectangle = '', person = '']): PicasaFace[] => {
        const name = names.get(person.toLowerCase());
        if (name === undefined || name === '' || NOBODY.test(person)) return [];
        return [{ name, area: areaOf(rectangle) }];
      },
    );
    if (found.length > 0) faces.set(file, found);
  }
  return faces;
}

/** Left, top, right and bottom in shares of the picture, 16 bits each; zeros at the front are left away. */
function areaOf(rectangle: string): RegionArea {
  const digits = rectangle.padStart(16, '0');
  const share = (i: number): number => parseInt(digits.slice(4 * i, 4 * i + 4), 16) / 0xffff;
  const [left, top, right, bottom] = [share(0), share(1), share(2), share(3)];
  return { x: (left + right) / 2, y: (top + bottom) / 2, w: right - left, h: bottom - top };
}
