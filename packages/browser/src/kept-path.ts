/** What a browser tells of where a file is: its name, and of a folder that was opened the way to it from there. */
export const pathOf = ({ name, webkitRelativePath }: File): string =>
  webkitRelativePath === '' ? name : webkitRelativePath;

/**
 * Under which path a file is kept. Files of one name from several folders cannot be told apart by it: the second is `name (2)`,
 * or it would take the first one's place.
 * @param recordAt what is kept under a path.
 * @param isMeant whether that is this file.
 * @returns the file's path with its record, or a path under which nothing is kept.
 */
export async function keptPath<Kept>(
  file: File,
  recordAt: (path: string) => Promise<Kept | undefined>,
  isMeant: (record: Kept) => boolean | Promise<boolean>,
): Promise<{ readonly path: string; readonly record: Kept | undefined }> {
  for (let nth = 1; ; nth++) {
    const path = nth === 1 ? pathOf(file) : `${pathOf(file)} (${nth})`;
    const record = await recordAt(path);
    if (record === undefined || (await isMeant(record))) return { path, record };
  }
}
