import { sep } from 'node:path';

/**
 * Folders have one drive at a time, and two drives may hold files of the same names: what lies on the drives that are
 * away is kept in mind under a folder of this name, one for each drive. There is no such folder on any disk.
 */
const AWAY = '.fr-stream-away-';

/** Where a drive's files are kept in mind while another is mounted in its folder. @param drive see `driveId`. */
export function awayFolder(mount: string, drive: string): string {
  return `${mount.replace(/[/\\]$/, '')}${sep}${AWAY}${slug(drive)}`;
}

/** A file of a drive that was mounted in a folder where another is now. */
export interface AwayFile {
  readonly mount: string;
  /** Of the drive, as it stands in the path. */
  readonly drive: string;
  /** Where it lies when its drive is mounted. */
  readonly path: string;
}

/** @returns undefined for a path that is one. */
export function awayFile(path: string): AwayFile | undefined {
  const at = path.indexOf(sep + AWAY);
  if (at < 0) return undefined;
  const mount = path.slice(0, at);
  const rest = path.slice(at + sep.length + AWAY.length);
  const end = rest.indexOf(sep);
  if (end < 0) return undefined;
  return { mount, drive: rest.slice(0, end), path: `${mount}${sep}${rest.slice(end + sep.length)}` };
}

/** A path as its user knows it: of a file that is away, the one that it has when its drive is mounted. */
export function knownPath(path: string): string {
  return awayFile(path)?.path ?? path;
}

/** A message with the paths in it as their user knows them. */
export function knownPaths(text: string): string {
  return text.replaceAll(/([/\\])\.fr-stream-away-[\w.-]+\1/g, '$1');
}

/** Whether a file that is away lies on this drive. */
export function isOnDrive({ drive }: AwayFile, id: string | undefined): boolean {
  return id !== undefined && slug(id) === drive;
}

/** As part of a path on any system. */
const slug = (drive: string): string => drive.replace(/[^\w.]+/g, '-').replace(/-+$/, '');
