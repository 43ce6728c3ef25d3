import { join } from 'node:path';
import { defaultGalleryPath, userDataFolder } from '@fr-stream/backend-node';
import { ArgumentError } from '@fr-stream/core';

/** Where a gallery lies: in a file, or in a PostgreSQL database that several machines share. */
export type GalleryPlace =
  | { readonly kind: 'file'; readonly path: string; readonly shown: string }
  | {
      readonly kind: 'database';
      readonly url: string;
      /** For messages: without password. */
      readonly shown: string;
      /** What a database cannot hold, such as cut-outs, lies beside this path, which is no file. */
      readonly beside: string;
    };

/** Whether `--gallery` names a database. */
export function isDatabaseUrl(text: string): boolean {
  return /^postgres(?:ql)?:\/\//i.test(text);
}

/** Of what follows the question mark in an address: all else may be secret. */
const SHOWN: ReadonlySet<string> = new Set(['host', 'port', 'user', 'schema', 'sslmode']);

/** An address without the password in it, and without anything that may be one. */
export function withoutPassword(text: string): string {
  if (!isDatabaseUrl(text)) return text;
  if (!URL.canParse(text)) return text.replace(/\/\/[^/]*@/, '//***@');
  const url = new URL(text);
  if (url.password !== '') url.password = '***';
  for (const key of [...url.searchParams.keys()])
    if (!SHOWN.has(key.toLowerCase())) url.searchParams.delete(key);
  return url.href;
}

/** What `--gallery` names, or the user's default gallery. */
export function galleryPlace(option: string | undefined): GalleryPlace {
  const named = option ?? defaultGalleryPath();
  if (!isDatabaseUrl(named)) return { kind: 'file', path: named, shown: named };
  const shown = withoutPassword(named);
  return { kind: 'database', url: named, shown, beside: join(userDataFolder(), 'databases', slug(named)) };
}

/** As a file's name: which server, database and schema; not who asks. */
function slug(text: string): string {
  if (!URL.canParse(text)) return 'database';
  const { host, pathname, searchParams } = new URL(text);
  const parts = [host, searchParams.get('host'), pathname, searchParams.get('schema')];
  return parts
    .map((part) => (part ?? '').replace(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, ''))
    .filter((part) => part !== '')
    .join('-');
}

/** What `--gallery` names, for messages. */
export function galleryName(option: string | undefined): string {
  return galleryPlace(option).shown;
}

/** ` --gallery X`, as the next command needs it; nothing for the default one. */
export function galleryFlag(option: string | undefined): string {
  if (option === undefined) return '';
  // Shells take & and ? for their own.
  return isDatabaseUrl(option) ? ` --gallery '${withoutPassword(option)}'` : ` --gallery ${option}`;
}

/**
 * The file that `--gallery` names, for what is done to files.
 * @param what is to be done, for the message. @throws ArgumentError when it names a database.
 */
export function galleryFile(option: string | undefined, what: string): string {
  const place = galleryPlace(option);
  if (place.kind === 'file') return place.path;
  throw new ArgumentError(`${what} is for a gallery in a file, and ${place.shown} is a database.`, {
    hint: 'Let the database do it (pg_dump, pg_restore, encryption of its disk), or name a file with --gallery.',
  });
}
