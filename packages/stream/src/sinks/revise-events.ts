import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { safeJson, safeText, toIdentityEvent, type FrameEvent, type Hindsight } from '@fr-stream/core';
import { parse } from 'csv-parse';
import { stringify } from 'csv-stringify/sync';
import { IDENTITY_COLUMNS, identityCells } from './csv-columns.js';
import type { TrackEvent } from './tracks/track-events.js';

/**
 * The lines of a finished file of {@link FrameEvent} or {@link TrackEvent}, with who the faces turned out to be. The
 * file is read as a stream.
 */
export async function* revisedEvents(path: string, hindsight: Hindsight): AsyncIterable<string> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  for await (const line of lines) yield `${revisedLine(line, hindsight)}\n`;
}

function revisedLine(line: string, hindsight: Hindsight): string {
  const event = JSON.parse(line) as FrameEvent | TrackEvent;
  if ('track' in event) return revisedTrackLine(event, hindsight);
  if (!('faces' in event)) return line;
  const when = { index: event.frame, timeMs: event.timeMs };
  const faces = event.faces.map((face) => {
    const identity = face.track && hindsight.identityOf(face.track.id, when);
    return identity === undefined ? face : { ...face, identity: toIdentityEvent(identity) };
  });
  return safeJson({ ...event, faces });
}

function revisedTrackLine(event: TrackEvent, hindsight: Hindsight): string {
  const identity = hindsight.identityOf(event.track, { index: event.frame, timeMs: event.timeMs });
  if (identity === undefined || event.identity === undefined) return safeJson(event);
  return safeJson({ ...event, identity: toIdentityEvent(identity) });
}

/** The same for the file of `csv()`. */
export async function* revisedCsv(path: string, hindsight: Hindsight): AsyncIterable<string> {
  let columns: readonly string[] | undefined;
  const rows = createReadStream(path).pipe(parse());
  for await (const row of rows as AsyncIterable<string[]>) {
    if (columns === undefined) columns = row;
    else revisedRow(row, columns, hindsight);
    // What looks like a formula was given its apostrophe when it was written; a new name may need one.
    yield stringify([row]);
  }
}

function revisedRow(row: string[], columns: readonly string[], hindsight: Hindsight): void {
  const at = (name: string): number => columns.indexOf(name);
  const when = { index: Number(row[at('frame')]), timeMs: Number(row[at('time_ms')]) };
  const track = row[at('track')];
  const identity = track === '' ? undefined : hindsight.identityOf(Number(track), when);
  if (identity === undefined) return;
  const cells = identityCells(toIdentityEvent(identity));
  IDENTITY_COLUMNS.forEach((name, i) => {
    const [column, cell] = [at(name), cells[i]];
    if (column >= 0) row[column] = typeof cell === 'string' ? safeCell(cell) : String(cell ?? '');
  });
}

/** As `csv()` writes a text: printable, and no formula to a spreadsheet. */
function safeCell(text: string): string {
  const safe = safeText(text);
  return /^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/.test(safe) ? `'${safe}` : safe;
}
