/** What a browser tells of where a file is: its name, and of a folder that was opened the way to it from there. */
export const pathOf = ({ name, webkitRelativePath }: File): string =>
  webkitRelativePath === '' ? name : webkitRelativePath;

/**
 * Under which path a file is kept. Files of one name from several folders cannot be told apart by it: the second is `name (2)`,
 * or it would take the first one's place. A file that another program has saved again takes its own place.
 * @param recordAt what is kept under a path.
 * @param isMeant whether that is this file.
 * @param isRewritten whether that is this file as it was before; asked where none is meant.
 * @returns the file's path with its record, or a path under which nothing is kept.
 */
export async function keptPath<Kept>(
  file: File,
  recordAt: (path: string) => Promise<Kept | undefined>,
  isMeant: (record: Kept) => boolean | Promise<boolean>,
  isRewritten: (record: Kept) => boolean | Promise<boolean> = () => false,
): Promise<{ readonly path: string; readonly record: Kept | undefined }> {
  const others: { readonly path: string; readonly record: Kept }[] = [];
  for (let nth = 1; ; nth++) {
    const path = nth === 1 ? pathOf(file) : `${pathOf(file)} (${nth})`;
    const record = await recordAt(path);
    if (record !== undefined && !(await isMeant(record))) {
      others.push({ path, record });
      continue;
    }
    if (record === undefined) for (const other of others) if (await isRewritten(other.record)) return other;
    return { path, record };
  }
}
