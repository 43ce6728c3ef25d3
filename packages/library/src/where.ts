import { sep } from 'node:path';
import { itemAt, later, roundTo, timeOf } from '@fr-stream/core';
import type {
  LibraryFace,
  LibraryTrack,
  PersonRecord,
  PhotoRecord,
  TimeSpan,
  VideoRecord,
} from '@fr-stream/core';
import { observationsOf, type Observation, type WhereaboutsOf } from './observations.js';
import { difference, intersection, union } from './spans.js';

export interface WhereQuery {
  readonly person: PersonRecord;
  /** In the same photo, or at the same time of a video. */
  readonly together?: readonly PersonRecord[];
  /** Not in the photo, or not at that time. */
  readonly without?: readonly PersonRecord[];
  /** Milliseconds since 1970; see `timeOf` of core. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** Absolute. */
  readonly under?: string;
}

/** A photo, or an interval of a video, with somebody in it. */
export interface Moment {
  readonly kind: 'photo' | 'video';
  readonly path: string;
  readonly face: LibraryFace | LibraryTrack;
  /** Of videos, in their own time. */
  readonly span?: TimeSpan;
  /** When it was taken, as the file says: ISO 8601; of an interval its beginning. */
  readonly capturedAt?: string;
  /** Milliseconds since 1970 by which moments are ordered: of the capture, else of the file's last change. */
  readonly atMs: number;
  readonly score?: number;
  readonly by: Observation['by'];
}

/** Every photo and every interval of every video in which somebody is, the newest first. */
export async function where(query: WhereQuery, library: WhereaboutsOf): Promise<readonly Moment[]> {
  const { person, together = [], without = [], under } = query;
  const seen = await observationsOf(person, library);
  const others = await Promise.all(together.map(async (one) => byHash(await observationsOf(one, library))));
  const absent = await Promise.all(without.map(async (one) => byHash(await observationsOf(one, library))));
  const files = await filesOf(seen, library);
  const below = under?.replace(/[/\\]?$/, sep);
  const moments: { readonly moment: Moment; readonly startMs: number }[] = [];
  for (const [hash, ones] of grouped(seen)) {
    if (others.some((other) => !other.has(hash))) continue;
    const times = ones.flatMap(({ spans }) => spans);
    const photo = times.length === 0;
    if (photo && absent.some((other) => other.has(hash))) continue;
    let spans = union(times);
    for (const other of others) spans = intersection(spans, other.get(hash) ?? []);
    for (const other of absent) spans = difference(spans, other.get(hash) ?? []);
    for (const file of files.get(hash) ?? []) {
      if (below !== undefined && !file.path.startsWith(below) && file.path !== under) continue;
      for (const span of photo ? [undefined] : spans) {
        const moment = momentOf(surest(ones, span), file, span);
        if (query.sinceMs !== undefined && moment.atMs < query.sinceMs) continue;
        if (query.untilMs !== undefined && moment.atMs >= query.untilMs) continue;
        moments.push({ moment, startMs: startOf(file) });
      }
    }
  }
  return moments
    .sort(
      (a, b) =>
        b.startMs - a.startMs ||
        byText(a.moment.path, b.moment.path) ||
        (a.moment.span?.fromMs ?? 0) - (b.moment.span?.fromMs ?? 0),
    )
    .map(({ moment }) => moment);
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Of the whole file, so that the intervals of one video stay together, in their own order. */
const startOf = ({ captured, modifiedMs }: PhotoRecord | VideoRecord): number =>
  captured === undefined ? modifiedMs : timeOf(captured);

function grouped(observations: readonly Observation[]): ReadonlyMap<string, readonly Observation[]> {
  const map = new Map<string, Observation[]>();
  for (const one of observations) {
    const others = map.get(one.hash);
    if (others === undefined) map.set(one.hash, [one]);
    else others.push(one);
  }
  return map;
}

/** When somebody is in each content; of photos no time. */
function byHash(observations: readonly Observation[]): ReadonlyMap<string, readonly TimeSpan[]> {
  return new Map(
    [...grouped(observations)].map(([hash, ones]) => [hash, union(ones.flatMap(({ spans }) => spans))]),
  );
}

const qualityOf = ({ face }: Observation): number => ('best' in face ? face.best : face).quality.overall;

const SURER: readonly Observation['by'][] = ['user', 'machine', 'recognised'];

/**
 * By which a moment is shown, of all that somebody has in one content: who were merged by force may be in view at once.
 * What was said goes before what was found, then the best picture.
 */
function surest(ones: readonly Observation[], span: TimeSpan | undefined): Observation {
  const within = ones.filter(
    ({ spans }) =>
      span === undefined || spans.some(({ fromMs, toMs }) => fromMs <= span.toMs && toMs >= span.fromMs),
  );
  const [best] = [...within].sort(
    (a, b) => SURER.indexOf(a.by) - SURER.indexOf(b.by) || qualityOf(b) - qualityOf(a),
  );
  return best ?? itemAt(ones, 0);
}

async function filesOf(
  seen: readonly Observation[],
  { photos, videos }: WhereaboutsOf,
): Promise<ReadonlyMap<string, readonly (PhotoRecord | VideoRecord)[]>> {
  const hashes = [...new Set(seen.map(({ hash }) => hash))];
  const files = new Map<string, (PhotoRecord | VideoRecord)[]>();
  const add = (file: PhotoRecord | VideoRecord): void =>
    void files.set(file.hash, [...(files.get(file.hash) ?? []), file]);
  for await (const photo of photos.photos({ hashes })) add(photo);
  for await (const video of videos.videos({ hashes })) add(video);
  return files;
}

function momentOf(
  { face, score, by }: Observation,
  file: PhotoRecord | VideoRecord,
  span?: TimeSpan,
): Moment {
  const from = span?.fromMs ?? 0;
  const { path, captured, modifiedMs } = file;
  const capturedAt =
    captured === undefined ? undefined : span === undefined ? captured : later(captured, from);
  return {
    kind: span === undefined ? 'photo' : 'video',
    path,
    face,
    by,
    atMs: capturedAt === undefined ? modifiedMs + from : timeOf(capturedAt),
    ...(span && { span: { fromMs: roundTo(span.fromMs, 1), toMs: roundTo(span.toMs, 1) } }),
    ...(capturedAt !== undefined && { capturedAt }),
    ...(score !== undefined && { score: roundTo(score, 4) }),
  };
}
