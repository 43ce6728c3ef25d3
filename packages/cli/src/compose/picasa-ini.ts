import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { readBounded } from '@fr-stream/backend-node';
import { SourceError, messageOf } from '@fr-stream/core';
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
 * Names stand in the section `Contacts2`, by a hash, or in Picasa's `contacts.xml`.
 */
export class PicasaFiles {
  readonly #contacts: ReadonlyMap<string, string>;
  #folder: string | undefined;
  #faces = new Map<string, readonly PicasaFace[]>();

  private constructor(contacts: ReadonlyMap<string, string>) {
    this.#contacts = contacts;
  }

  /**
   * @param contacts Picasa's `contacts.xml`; default: where Picasa keeps it on this machine, if it is there.
   * @throws SourceError when the file that was named cannot be read.
   */
  static async open(contacts?: string): Promise<PicasaFiles> {
    if (contacts !== undefined) {
      const text = await readText(contacts).catch((cause: unknown) => {
        throw new SourceError('INPUT_UNREADABLE', `${contacts} cannot be read: ${messageOf(cause)}`, {
          hint: "Name Picasa's contacts.xml.",
          cause,
        });
      });
      const names = parsePicasaContacts(text);
      if (names.size > 0) return new PicasaFiles(names);
      throw new SourceError('INPUT_UNREADABLE', `${contacts}: it names no contacts.`, {
        hint: "Name Picasa's contacts.xml.",
      });
    }
    for (const folder of contactFolders()) {
      const text = await readText(join(folder, 'contacts.xml')).catch(() => undefined);
      if (text !== undefined) return new PicasaFiles(parsePicasaContacts(text));
    }
    return new PicasaFiles(new Map());
  }

  /** @param path of a photo; those of one folder are best asked for one after the other. */
  async of(path: string): Promise<readonly PicasaFace[]> {
    const folder = dirname(path);
    if (folder !== this.#folder) {
      this.#folder = folder;
      this.#faces = new Map();
      for (const name of ['.picasa.ini', 'Picasa.ini']) {
        const text = await readText(join(folder, name)).catch(() => undefined);
        if (text === undefined) continue;
        this.#faces = parsePicasaIni(text, this.#contacts);
        break;
      }
    }
    return this.#faces.get(basename(path)) ?? [];
  }
}

/** Far more than the names and faces of a large collection. */
const MOST_BYTES = 64 << 20;

const readText = async (path: string): Promise<string> => (await readBounded(path, MOST_BYTES)).toString();

/** Where Picasa 3 keeps it on Windows and on the Mac. */
function contactFolders(): readonly string[] {
  const { LOCALAPPDATA: local } = process.env;
  return [
    ...(local === undefined ? [] : [join(local, 'Google', 'Picasa2', 'contacts')]),
    join(homedir(), 'Library', 'Application Support', 'Google', 'Picasa3', 'contacts'),
  ];
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(
    /&(?:#x([\da-f]{1,6})|#(\d{1,7})|(\w+));/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return ENTITIES[name] ?? whole;
      const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

/**
 * Names by the ids that `.picasa.ini` has: `<contact id="5d1c0c3a9c1b2f4e" name="Ada Lovelace" display="Ada" .../>`.
 * What else stands in the file is passed over.
 */
export function parsePicasaContacts(text: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [, attributes = ''] of text.matchAll(/<contact\s([^<>]*)>/g)) {
    const values = new Map(
      [...attributes.matchAll(/([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(
        ([, key = '', double, single]) => [key, unescaped(double ?? single ?? '').trim()] as const,
      ),
    );
    const [id, name] = [values.get('id') ?? '', values.get('name') ?? ''];
    const shown = name === '' ? (values.get('display') ?? '') : name;
    if (id !== '' && shown !== '') names.set(hashKey(id), shown);
  }
  return names;
}

/** Zeros at the front are left away in one file and not in the other. */
const hashKey = (hash: string): string => hash.toLowerCase().padStart(16, '0');

/**
 * @param contacts names by {@link parsePicasaContacts}; those of the file itself go first.
 * @returns faces with a name, by the name of the file that shows them.
 */
export function parsePicasaIni(
  text: string,
  contacts: ReadonlyMap<string, string> = new Map(),
): Map<string, readonly PicasaFace[]> {
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
    if (section === 'Contacts2') names.set(hashKey(key), value.split(';')[0]?.trim() ?? '');
    else if (key === 'faces') lines.set(section, value);
  }
  const faces = new Map<string, readonly PicasaFace[]>();
  for (const [file, value] of lines) {
    const found = [...value.matchAll(/rect64\(([\da-f]{1,16})\),([\da-f]{1,16})/gi)].flatMap(
      ([, rectangle = '', person = '']): PicasaFace[] => {
        const own = names.get(hashKey(person));
        const name = own === undefined || own === '' ? contacts.get(hashKey(person)) : own;
        if (name === undefined || NOBODY.test(person.toLowerCase())) return [];
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
