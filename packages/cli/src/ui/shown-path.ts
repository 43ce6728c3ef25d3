import { awayFile } from '@fr-stream/stream';

/** A path for eyes: of a drive in whose place another one is, the path that it has when it is mounted there. */
export function shownPath(path: string): string {
  const away = awayFile(path);
  return away === undefined ? path : `${away.path} (on another drive than the one that is mounted now)`;
}

/** A path for programs: the one that users know, and of a file that is away the drive that it is on. */
export function pathFacts(path: string): { readonly path: string; readonly drive?: string } {
  const away = awayFile(path);
  return away === undefined ? { path } : { path: away.path, drive: away.drive };
}
