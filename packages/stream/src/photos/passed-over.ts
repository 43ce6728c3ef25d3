import { basename, extname } from 'node:path';
import { isArchiveName, RESOURCE_FORK } from './photo-names.js';

/** Files of one kind that were found and not looked at. */
export interface PassedOver {
  /** `videos`, `archives`, `camera raw files`, `sound files`, `hidden`, or the ending of others, such as `.txt`. */
  readonly kind: string;
  /** >= 1 */
  readonly count: number;
  /** Path of the first of them. */
  readonly example: string;
}

const VIDEOS =
  'mp4 m4v mov qt avi mkv webm wmv asf mpg mpeg m2v ts mts m2ts 3gp 3g2 flv ogv vob mxf divx dv f4v rm rmvb insv lrv';
const RAW =
  'dng cr2 cr3 crw nef nrw arw sr2 srf raf orf rw2 pef srw x3f 3fr iiq erf kdc mrw dcr mef mos raw rwl gpr';
const SOUND = 'mp3 m4a wav flac aac ogg oga opus wma aif aiff amr';

const KINDS: ReadonlyMap<string, string> = new Map(
  (
    [
      ['videos', VIDEOS],
      ['camera raw files', RAW],
      ['sound files', SOUND],
    ] as const
  ).flatMap(([kind, endings]) => endings.split(' ').map((ending) => [`.${ending}`, kind] as const)),
);

/** What a file that is no photo seems to be, by its name. */
export function kindOfFile(path: string): string {
  const name = basename(path);
  if (name.startsWith('.') || RESOURCE_FORK.test(path.replaceAll('\\', '/'))) return 'hidden';
  if (isArchiveName(name)) return 'archives';
  const ending = extname(name).toLowerCase();
  return KINDS.get(ending) ?? (ending === '' ? 'without an ending' : ending);
}

/** Counts files by kind; of each kind only the first is remembered. */
export class PassedOverCounter {
  readonly #kinds = new Map<string, { count: number; readonly example: string }>();

  add(path: string): void {
    const kind = kindOfFile(path);
    const known = this.#kinds.get(kind);
    if (known === undefined) this.#kinds.set(kind, { count: 1, example: path });
    else known.count++;
  }

  /** The most frequent first. */
  list(): readonly PassedOver[] {
    return [...this.#kinds]
      .map(([kind, { count, example }]) => ({ kind, count, example }))
      .sort((a, b) => b.count - a.count || (a.kind < b.kind ? -1 : 1));
  }
}

/** `1 video, 3 .txt, 2 hidden` */
export function describePassedOver(list: readonly PassedOver[]): string {
  return list
    .map(({ kind, count }) => `${count} ${count === 1 && kind.endsWith('s') ? kind.slice(0, -1) : kind}`)
    .join(', ');
}
