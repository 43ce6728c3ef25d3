import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import {
  safeJson,
  safeText,
  toFrameEvent,
  toIdentityEvent,
  type FrameEvent,
  type FrameReport,
  type Hindsight,
} from '@fr-stream/core';
import { parse } from 'csv-parse';
import { stringify } from 'csv-stringify/sync';
import { faceCells, IDENTITY_COLUMNS, identityCells } from './csv-columns.js';
import { LateQueue } from './late-queue.js';
import { motLines } from './tracks/mot-lines.js';
import type { TrackEvent } from './tracks/track-events.js';

/**
 * The lines of a finished file of {@link FrameEvent}, with who the faces turned out to be, those that are known late, and
 * without what is no face. The file is read as a stream.
 * @param emptyFrames whether frames without a face have a line.
 */
export async function* revisedEvents(
  path: string,
  hindsight: Hindsight,
  emptyFrames = false,
): AsyncIterable<string> {
  const late = new LateQueue(hindsight);
  for await (const line of linesOf(path)) {
    const event = JSON.parse(line) as FrameEvent;
    if (!('faces' in event)) {
      yield `${line}\n`;
      continue;
    }
    for (const report of late.before(event.frame)) yield `${safeJson(toFrameEvent(report))}\n`;
    const faces = [...revisedFaces(event, hindsight), ...facesOf(event, late.of(event.frame))];
    const gone = faces.length === 0 && event.faces.length > 0 && event.error === undefined;
    if (!gone || emptyFrames) yield `${safeJson({ ...event, faces })}\n`;
  }
  for (const report of late.before(Infinity)) yield `${safeJson(toFrameEvent(report))}\n`;
}

function linesOf(path: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(path), crlfDelay: Infinity });
}

/** Faces as an event tells of them. */
function facesOf({ source, frame, timeMs, width, height }: FrameEvent, faces: FrameReport['faces']) {
  return toFrameEvent({ frame: { source, index: frame, timeMs, image: { width, height } }, faces }).faces;
}

function revisedFaces({ frame, timeMs, faces }: FrameEvent, hindsight: Hindsight): FrameEvent['faces'] {
  const when = { index: frame, timeMs };
  return faces.flatMap((face) => {
    if (face.track === undefined) return [face];
    if (hindsight.isFalse?.(face.track.id, when) === true) return [];
    const identity = hindsight.identityOf(face.track.id, when);
    return [identity === undefined ? face : { ...face, identity: toIdentityEvent(identity) }];
  });
}

/** The same for a file of {@link TrackEvent}: who they turned out to be; when they were seen stays. */
export async function* revisedTrackEvents(path: string, hindsight: Hindsight): AsyncIterable<string> {
  for await (const line of linesOf(path)) {
    const event = JSON.parse(line) as TrackEvent;
    const when = { index: event.frame, timeMs: event.timeMs };
    if (hindsight.isFalse?.(event.track, when) === true) continue;
    const identity = hindsight.identityOf(event.track, when);
    const told =
      identity === undefined || event.identity === undefined
        ? event
        : { ...event, identity: toIdentityEvent(identity) };
    yield `${safeJson(told)}\n`;
  }
}

/** As {@link revisedEvents} for the file of `mot()`. @param timeOf a frame that has a line, in milliseconds. */
export async function* revisedMot(
  path: string,
  hindsight: Hindsight,
  timeOf: (index: number) => number | undefined,
): AsyncIterable<string> {
  const late = new LateQueue(hindsight);
  const lateBefore = function* (index: number): Generator<string> {
    for (const { frame, faces } of late.before(index)) yield* motLines(frame.index, faces);
  };
  for await (const line of linesOf(path)) {
    const [frame = NaN, track = NaN] = line.split(',', 2).map(Number);
    const index = frame - 1;
    yield* lateBefore(index);
    const timeMs = timeOf(index);
    if (timeMs === undefined || hindsight.isFalse?.(track, { index, timeMs }) !== true) yield `${line}\n`;
  }
  yield* lateBefore(Infinity);
}

/** As {@link revisedEvents} for the file of `csv()`. */
export async function* revisedCsv(path: string, hindsight: Hindsight): AsyncIterable<string> {
  const late = new LateQueue(hindsight);
  let columns: readonly string[] | undefined;
  let frame = -1;
  const rows = createReadStream(path).pipe(parse());
  for await (const row of rows as AsyncIterable<string[]>) {
    if (columns === undefined) {
      columns = row;
      yield stringify([row]);
      continue;
    }
    const index = Number(row[columns.indexOf('frame')]);
    // Of a frame what was known at once comes first.
    if (index !== frame) yield* rowsOf(late.before(index), columns);
    frame = index;
    if (revisedRow(row, columns, hindsight)) yield stringify([row]);
  }
  if (columns !== undefined) yield* rowsOf(late.before(Infinity), columns);
}

function* rowsOf(reports: Iterable<FrameReport>, columns: readonly string[]): Generator<string> {
  for (const report of reports) {
    const event = toFrameEvent(report);
    for (const face of event.faces) {
      const cells = faceCells(event, face);
      const further = Array<undefined>(Math.max(0, columns.length - cells.length));
      yield stringify(
        [[...cells, ...further].map((cell) => (typeof cell === 'string' ? safeText(cell) : cell))],
        { escape_formulas: true },
      );
    }
  }
}

/** @returns false for a row of what is no face. */
function revisedRow(row: string[], columns: readonly string[], hindsight: Hindsight): boolean {
  const at = (name: string): number => columns.indexOf(name);
  const when = { index: Number(row[at('frame')]), timeMs: Number(row[at('time_ms')]) };
  const track = row[at('track')];
  if (track === '') return true;
  if (hindsight.isFalse?.(Number(track), when) === true) return false;
  const identity = hindsight.identityOf(Number(track), when);
  if (identity === undefined) return true;
  const cells = identityCells(toIdentityEvent(identity));
  // What looks like a formula was given its apostrophe when it was written; a new name may need one.
  IDENTITY_COLUMNS.forEach((name, i) => {
    const [column, cell] = [at(name), cells[i]];
    if (column >= 0) row[column] = typeof cell === 'string' ? safeCell(cell) : String(cell ?? '');
  });
  return true;
}

/** As `csv()` writes a text: printable, and no formula to a spreadsheet. */
function safeCell(text: string): string {
  const safe = safeText(text);
  return /^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/.test(safe) ? `'${safe}` : safe;
}
