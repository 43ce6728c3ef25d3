import { absolutePhotoPath } from './photo-names.js';

/**
 * Where the copy of each photo goes, relative to a folder of copies: as the photos lie below the folder that all have
 * in common, with `.jpg` added to other formats. A photo in an archive lies in a folder called after it.
 */
export function copyNames(paths: readonly string[]): (path: string) => string {
  const common = commonFolder(paths.map((path) => partsOf(path).slice(0, -1)));
  return (path) => {
    const name = partsOf(path).slice(common).join('/');
    return /\.jpe?g$/i.test(name) ? name : `${name}.jpg`;
  };
}

/** The names on the way to a photo. What an archive says may try to lead out of the folder, and must not. */
function partsOf(path: string): readonly string[] {
  const unix = absolutePhotoPath(path).replaceAll('\\', '/').replaceAll('!/', '/');
  return unix.split('/').filter((part) => part !== '' && part !== '.' && part !== '..');
}

/** How many parts all folders share. */
function commonFolder(folders: readonly (readonly string[])[]): number {
  const [first = []] = folders;
  let shared = first.length;
  for (const folder of folders) {
    let same = 0;
    while (same < Math.min(shared, folder.length) && folder[same] === first[same]) same++;
    shared = same;
  }
  return shared;
}
