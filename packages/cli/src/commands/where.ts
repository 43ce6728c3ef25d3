import { resolve } from 'node:path';
import { useRowProducts } from '@fr-stream/backend-node';
import { ArgumentError, defined, type PersonRecord } from '@fr-stream/core';
import { decisionRule } from '@fr-stream/engine';
import { where, type Moment } from '@fr-stream/library';
import { timecode } from '@fr-stream/stream';
import { writeClips } from '../compose/clips.js';
import { embedderCardOf } from '../compose/embedder-card.js';
import { FaceRefs } from '../compose/face-refs.js';
import { facesFolder } from '../compose/faces-folder.js';
import { momentsPage } from '../compose/moments-page.js';
import { openLibrary, sealOf } from '../compose/open-library.js';
import { createOutputs } from '../compose/run-outputs.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { counted } from '../ui/counted.js';
import { paint } from '../ui/paint.js';
import { pathFacts, shownPath } from '../ui/shown-path.js';
import { print, printJson, say } from '../ui/terminal.js';

export interface WhereOptions {
  readonly gallery?: string;
  readonly with?: readonly string[];
  readonly without?: readonly string[];
  readonly since?: DateRange;
  readonly until?: DateRange;
  readonly under?: string;
  readonly html?: string;
  readonly clip?: string;
  readonly pad?: number;
  readonly json?: boolean;
  readonly overwrite?: boolean;
}

/** A day, a month or a year, as a half-open range of milliseconds since 1970. */
export interface DateRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** `fr-stream where`: every photo and every interval of every video in which somebody is. */
export async function whereCommand(ref: string, options: WhereOptions): Promise<ExitCode> {
  await using library = await openLibrary(options.gallery, { mode: 'read' });
  const { gallery, photos, videos } = library;
  const refs = new FaceRefs(gallery, photos, videos);
  const { person } = await refs.person(ref);
  const others = async (named: readonly string[] = []): Promise<readonly PersonRecord[]> =>
    (await Promise.all(named.map((one) => refs.person(one)))).map((meant) => meant.person);
  const outputs = createOutputs(options);
  const html = options.html === undefined ? undefined : outputs.output('--html', options.html);
  await outputs.check();
  const { embedder } = gallery;
  const facts = embedder === undefined ? undefined : await embedderCardOf(embedder);
  const { threshold, margin } = facts === undefined ? { threshold: 1, margin: 0 } : decisionRule(facts, {});
  const query = {
    person,
    together: await others(options.with),
    without: await others(options.without),
    ...defined({ sinceMs: options.since?.fromMs, untilMs: options.until?.toMs }),
    ...(options.under !== undefined && { under: resolve(options.under) }),
  };
  if ([...query.together, ...query.without].some((one) => isSame(one, person))) {
    throw new ArgumentError(`${person.name} is always with ${person.name}.`, { hint: 'Name somebody else.' });
  }
  const rule = { threshold, margin };
  const moments = await where(query, { gallery, photos, videos, rule, useProducts: useRowProducts });
  for (const moment of moments) {
    if (options.json === true) printJson(eventOf(person, moment));
    else print(lineOf(moment));
  }
  if (html !== undefined) {
    await momentsPage(html, person.name, moments, await facesFolder(photos, undefined), sealOf(photos));
    say(paint.dim(`wrote ${html.target}`));
  }
  const failed =
    options.clip === undefined ? 0 : await writeClips(options.clip, person.name, moments, outputs, options);
  if (options.json !== true) {
    const files = new Set(moments.map(({ path }) => path)).size;
    const inVideos = moments.filter(({ kind }) => kind === 'video').length;
    const pictures = counted(moments.length - inVideos, 'photo');
    say(
      paint.dim(
        `${person.name}: ${pictures}, ${counted(inVideos, 'moment')} of videos, in ${counted(files, 'file')}`,
      ),
    );
  }
  return failed > 0 ? EXIT.partial : EXIT.ok;
}

/** Labels of nobody's mean one each. */
const isSame = (one: PersonRecord, other: PersonRecord): boolean =>
  one.id === other.id || (one.unnamed === true && one.name === other.name);

function lineOf({ path, span, capturedAt, score, by }: Moment): string {
  const when = span === undefined ? '' : `  ${timecode(span.fromMs)}-${timecode(span.toMs)}`;
  const date = capturedAt === undefined ? '' : `  ${capturedAt.slice(0, 19).replace('T', ' ')}`;
  const sure = by === 'user' || score === undefined ? '' : `  ${score.toFixed(2)}`;
  return `${shownPath(path)}${when}${paint.dim(`${date}${sure}`)}`;
}

function eventOf({ id: personId, name }: PersonRecord, moment: Moment): object {
  const { kind, path, span, capturedAt, score, by, face } = moment;
  const box = 'detection' in face ? face.detection.box : undefined;
  return {
    schema: 'fr-stream/where@1',
    personId,
    name,
    kind,
    ...pathFacts(path),
    ...defined({ fromMs: span?.fromMs, toMs: span?.toMs, capturedAt, score, box }),
    by,
    face: face.id,
  };
}
