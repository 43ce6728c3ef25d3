import { toFrameEvent } from '@fr-stream/core';
import type { LoggedFrame } from './event-log.js';

/** The JSON Lines that the command line writes (`fr-stream/faces@1`). */
export function toJsonLines(frames: Iterable<LoggedFrame>): Blob {
  return blobOf(
    'application/x-ndjson',
    (function* () {
      for (const { faces, ...frame } of frames)
        yield `${JSON.stringify(toFrameEvent({ frame: { ...frame, image: frame }, faces }))}\n`;
    })(),
  );
}

/** A table with one row per face (RFC 4180). */
export function toCsv(frames: Iterable<LoggedFrame>): Blob {
  return blobOf('text/csv', csvLines(frames));
}

function* csvLines(frames: Iterable<LoggedFrame>): Generator<string> {
  yield 'source,frame,timeMs,x,y,width,height,score,track,name,similarity\r\n';
  for (const { source, index, timeMs, faces } of frames) {
    for (const { detection, track, identity } of faces) {
      const { x, y, width, height } = track?.box ?? detection.box;
      const numbers = [x, y, width, height].map((value) => value.toFixed(1));
      const name = identity.kind === 'known' ? identity.name : (identity.label ?? 'unknown');
      const similarity = identity.kind === 'known' ? identity.score.toFixed(3) : '';
      const cells = [source, index, Math.round(timeMs), ...numbers, detection.score.toFixed(3)];
      yield `${[...cells, track?.id ?? '', name, similarity].map(cell).join(',')}\r\n`;
    }
  }
}

/** Texts one after the other, handed to the browser thousands at a time: a blob need not be in the page's memory. */
function blobOf(type: string, texts: Iterable<string>): Blob {
  const parts: Blob[] = [];
  let some: string[] = [];
  for (const text of texts) {
    some.push(text);
    if (some.length < 4096) continue;
    parts.push(new Blob(some));
    some = [];
  }
  return new Blob([...parts, ...some], { type });
}

/** Spreadsheets take some texts for formulas; these get a leading apostrophe, numbers do not. */
function cell(value: string | number): string {
  const formula =
    /^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/.test(String(value)) && !/^-?\d+(?:\.\d+)?$/.test(String(value));
  const text = formula ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Subtitles that say who is in view, from when to when. */
export function toWebVtt(
  people: readonly {
    readonly name: string;
    readonly stays: readonly { readonly from: number; readonly to: number }[];
  }[],
): Blob {
  const cues = people
    .flatMap(({ name, stays }) => stays.map(({ from, to }) => ({ name, from, to: Math.max(to, from + 1) })))
    .sort((a, b) => a.from - b.from)
    .map(({ name, from, to }) => `${stamp(from)} --> ${stamp(to)}\n${escaped(name)}\n`);
  return new Blob([['WEBVTT\n', ...cues].join('\n')], { type: 'text/vtt' });
}

function stamp(ms: number): string {
  const whole = Math.round(ms);
  const parts = [
    Math.floor(whole / 3_600_000),
    Math.floor(whole / 60_000) % 60,
    Math.floor(whole / 1000) % 60,
  ];
  const [h, m, s] = parts.map((part) => String(part).padStart(2, '0'));
  return `${h}:${m}:${s}.${String(whole % 1000).padStart(3, '0')}`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/\s+/g, ' ');
}
