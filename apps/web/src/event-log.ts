import { toFrameEvent, type Identity } from '@fr-stream/core';
import type { AnalyzedFace, AnalyzedFrame } from '@fr-stream/browser';

/** What is kept of a face. */
type LoggedFace = Pick<AnalyzedFace, 'id' | 'detection' | 'identity' | 'track' | 'quality'>;

interface LoggedFrame extends Omit<AnalyzedFrame, 'faces' | 'ms'> {
  readonly faces: readonly LoggedFace[];
}

interface Source {
  readonly name: string;
  readonly frames: Map<number, LoggedFrame>;
}

/** Frames kept of one source; the first go when there are more. */
const MOST_FRAMES = 100_000;
/** The same moment, as players and demuxers tell it, differs by less. */
const SAME_MOMENT_MS = 5;

/**
 * What was seen, source by source, each frame once however often it was looked at: what came last counts. Names are those
 * of the moment in which it is exported.
 */
export class EventLog {
  readonly #sources = new Map<string, Source>();

  /** Names of what was seen, by key, in the order in which it was opened. */
  get sources(): readonly { readonly key: string; readonly name: string }[] {
    return [...this.#sources]
      .filter(([, { frames }]) => frames.size > 0)
      .map(([key, { name }]) => ({ key, name }));
  }

  /** @param key tells sources of one name apart. */
  add(key: string, name: string, { ms: _, ...frame }: AnalyzedFrame): void {
    const source = this.#sources.get(key) ?? { name, frames: new Map<number, LoggedFrame>() };
    this.#sources.set(key, source);
    const moment = frame.timeMs > 0 ? Math.round(frame.timeMs / SAME_MOMENT_MS) : -frame.index;
    source.frames.delete(moment);
    if (frame.faces.length === 0) return;
    const faces = frame.faces.map(({ id, detection, identity, track, quality }): LoggedFace => ({
      id,
      detection,
      identity,
      ...(track && { track }),
      ...(quality && { quality }),
    }));
    source.frames.set(moment, { ...frame, faces });
    const [first] = source.frames.keys();
    if (source.frames.size > MOST_FRAMES && first !== undefined) source.frames.delete(first);
  }

  /** What was seen of a source so far is looked at anew. */
  restart(key: string): void {
    this.#sources.get(key)?.frames.clear();
  }

  /** The frames of a source by time, a photo's by its place, with the names of now. */
  frames(key: string, current: (face: LoggedFace) => Identity): readonly LoggedFrame[] {
    return [...(this.#sources.get(key)?.frames.values() ?? [])]
      .sort((a, b) => a.timeMs - b.timeMs || a.index - b.index)
      .map((frame) => ({
        ...frame,
        faces: frame.faces.map((face) => ({ ...face, identity: current(face) })),
      }));
  }
}

/** The JSON Lines that the command line writes (`fr-stream/faces@1`). */
export function toJsonLines(frames: readonly LoggedFrame[]): Blob {
  const lines = frames.map(({ faces, ...frame }) => {
    const event = toFrameEvent({ frame: { ...frame, image: frame }, faces });
    return `${JSON.stringify(event)}\n`;
  });
  return new Blob(lines, { type: 'application/x-ndjson' });
}

/** A table with one row per face (RFC 4180). */
export function toCsv(frames: readonly LoggedFrame[]): Blob {
  const head = [
    'source',
    'frame',
    'timeMs',
    'x',
    'y',
    'width',
    'height',
    'score',
    'track',
    'name',
    'similarity',
  ];
  const rows = frames.flatMap(({ source, index, timeMs, faces }) =>
    faces.map(({ detection, track, identity }) => {
      const { x, y, width, height } = track?.box ?? detection.box;
      const numbers = [x, y, width, height].map((value) => value.toFixed(1));
      const name = identity.kind === 'known' ? identity.name : (identity.label ?? 'unknown');
      const similarity = identity.kind === 'known' ? identity.score.toFixed(3) : '';
      const cells = [source, index, Math.round(timeMs), ...numbers, detection.score.toFixed(3)];
      return [...cells, track?.id ?? '', name, similarity].map(cell).join(',');
    }),
  );
  return new Blob([[head.join(','), ...rows, ''].join('\r\n')], { type: 'text/csv' });
}

/** Spreadsheets take some texts for formulas; these get a leading apostrophe. */
function cell(value: string | number): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
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
