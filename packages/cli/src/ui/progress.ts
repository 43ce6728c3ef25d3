import type { SingleBar } from 'cli-progress';
import { safeText, type FrameFaces, type SourceInfo } from '@fr-stream/core';
import { timecode } from '@fr-stream/stream';
import { progressBar } from './bar.js';
import { barPaint } from './paint.js';
import { faceName } from './presence.js';
import { safeLine, say } from './terminal.js';

/** Shows how far a run is and who is in view. */
export interface Progress {
  update(item: FrameFaces, dropped: number): void;
  /** Prints a line above the bar. */
  note(line: string): void;
  stop(): void;
}

/** Frames per second over the last seconds. */
class Rate {
  readonly #times: number[] = [];

  tick(): number {
    const now = performance.now();
    this.#times.push(now);
    const first = (): number => this.#times[0] ?? now;
    while (this.#times.length > 2 && now - first() > 3000) this.#times.shift();
    const seconds = (now - first()) / 1000;
    return seconds > 0 ? (this.#times.length - 1) / seconds : 0;
  }
}

function inView({ faces }: FrameFaces): string {
  if (faces.length === 0) return 'nobody';
  const names = faces.map(faceName);
  const strangers = names.filter((name) => name === undefined).length;
  const list = [...new Set(names.filter((name) => name !== undefined))].sort();
  if (strangers > 0) list.push(`${strangers} unknown`);
  const text = safeText(list.join(', '));
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

// cli-progress has an `{eta}` of its own, which would win.
const FORMAT = `{bar} {position} ${barPaint.dim('{fps} fps')} {left} ${barPaint.dim('faces')} {count} ${barPaint.bold('{view}')}`;

/** A bar that is redrawn; for terminals. */
class BarProgress implements Progress {
  readonly #bar: SingleBar;
  readonly #terminal: Terminal;
  readonly #info: SourceInfo;
  readonly #rate = new Rate();
  #frames = 0;
  #last: FrameFaces | undefined;

  constructor(info: SourceInfo, terminal: Terminal) {
    this.#info = info;
    this.#terminal = terminal;
    this.#bar = progressBar(FORMAT, terminal);
    this.#bar.start(this.#total, 0, { position: '00:00', fps: '-', left: '', count: 0, view: 'nobody' });
  }

  get #total(): number {
    return this.#info.durationMs ?? this.#info.frameCount ?? 0;
  }

  update(item: FrameFaces, dropped: number): void {
    this.#frames++;
    // Frames that the detector skipped say nothing about who is in view.
    if (item.evaluated || item.faces.length > 0) this.#last = item;
    const byTime = this.#info.durationMs !== undefined || this.#info.frameCount === undefined;
    const done = byTime ? item.frame.timeMs : this.#frames;
    const fps = this.#rate.tick();
    this.#bar.update(Math.min(done, this.#total), {
      position: byTime
        ? timecode(item.frame.timeMs).slice(0, -4)
        : `${this.#frames}/${this.#info.frameCount ?? '?'}`,
      fps: fps.toFixed(1),
      left: [this.#eta(done), dropped > 0 ? `${dropped} dropped` : ''].filter(Boolean).join(' '),
      count: this.#last?.faces.length ?? 0,
      view: this.#last === undefined ? 'nobody' : inView(this.#last),
    });
  }

  readonly #started = performance.now();
  #eta(done: number): string {
    if (this.#total === 0 || done <= 0) return '';
    const left = ((performance.now() - this.#started) * (this.#total - done)) / done;
    return `ETA ${timecode(Math.max(0, left)).slice(0, -4)}`;
  }

  note(line: string): void {
    this.#terminal.write(`\r\u001b[K${safeLine(line, true)}\n`);
  }

  stop(): void {
    this.#bar.stop();
  }
}

/** Notes only, for logs and pipes. */
class PlainProgress implements Progress {
  update(): void {}
  note(line: string): void {
    say(line);
  }
  stop(): void {}
}

type Terminal = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** @param output where a bar goes, if it is a terminal. */
export function createProgress(
  info: SourceInfo,
  quiet: boolean,
  output: Terminal = process.stderr,
): Progress {
  return output.isTTY === true && !quiet ? new BarProgress(info, output) : new PlainProgress();
}
