import { basename, extname, resolve, sep } from 'node:path';

export const PHOTO_EXTENSIONS: readonly string[] = [
  '.jpg',
  '.jpeg',
  '.jpe',
  '.jfif',
  '.jif',
  '.png',
  '.webp',
  '.avif',
  '.tif',
  '.tiff',
  '.gif',
  '.bmp',
  '.dib',
  '.heic',
  '.heif',
  '.hif',
  '.jp2',
  '.j2k',
  '.j2c',
  '.jpc',
  '.jpf',
  '.jpx',
];

/** Endings of the archives whose photos are read without unpacking them to the disk. */
export const ARCHIVE_EXTENSIONS: readonly string[] = ['.zip', '.tar', '.tar.gz', '.tgz'];

/** Stands between an archive's path and the name of a photo in it: `holiday.zip!/beach.jpg`. */
const INSIDE = '!/';

/** What macOS writes beside real files on foreign disks and into archives. */
export const RESOURCE_FORK = /(?:^|\/)(?:__MACOSX\/|\._[^/]*$)/;

/** Whether a file found in a folder or archive is taken for a photo: by its name alone. */
export function isPhotoName(name: string, extensions: readonly string[] = PHOTO_EXTENSIONS): boolean {
  const unix = sep === '/' ? name : name.replaceAll(sep, '/');
  return extensions.includes(extname(basename(unix)).toLowerCase()) && !RESOURCE_FORK.test(unix);
}

export function isArchiveName(name: string): boolean {
  const lower = name.toLowerCase();
  return ARCHIVE_EXTENSIONS.some((extension) => lower.endsWith(extension));
}

/** The path under which a photo in an archive is known. */
export function pathInArchive(archive: string, name: string): string {
  return `${archive}${INSIDE}${name}`;
}

/** The archive that a photo's path leads into, and its name there; undefined for a photo that is a file itself. */
export function splitArchivePath(
  path: string,
): { readonly archive: string; readonly name: string } | undefined {
  for (let at = path.indexOf(INSIDE); at >= 0; at = path.indexOf(INSIDE, at + 1)) {
    const archive = path.slice(0, at);
    if (isArchiveName(archive)) return { archive, name: path.slice(at + INSIDE.length) };
  }
  return undefined;
}

/** A photo's path from the root on; a name in an archive stays as the archive has it. */
export function absolutePhotoPath(path: string): string {
  if (isAddress(path)) return path;
  const inside = splitArchivePath(path);
  return inside === undefined ? resolve(path) : pathInArchive(resolve(inside.archive), inside.name);
}

/** Whether a photo is no file of this machine, such as `s3://bucket/key`. */
export function isAddress(path: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(path);
}

/** The order of code points: the same on every machine, whatever its language. */
export function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
