import { basename } from 'node:path';
import { timecode } from '@fr-stream/stream';
import type { SingleBar } from 'cli-progress';
import { progressBar } from './bar.js';
import { barPaint } from './paint.js';
import { safeLine, say, sayAbove } from './terminal.js';

/** Logs and pipes get a line this often. */
const LINE_EVERY_MS = 30_000;

/** Shows on stderr which video is searched, and how far it is. */
export class VideoProgress {
  readonly #total: number;
  readonly #quiet: boolean;
  readonly #bar: SingleBar | undefined;
  #done = 0;
  #lastLine = performance.now();

  constructor(total: number, quiet: boolean) {
    this.#total = total;
    this.#quiet = quiet;
    if (quiet || process.stderr.isTTY !== true) return;
    this.#bar = progressBar(
      `{bar} video {number}/{videos} {position} ${barPaint.dim('{name}')}`,
      process.stderr,
    );
    this.#bar.start(1, 0, { number: 1, videos: total, position: '', name: '' });
  }

  at(path: string, timeMs: number, durationMs: number | undefined): void {
    const position = `${timecode(timeMs).slice(0, -4)}${durationMs === undefined ? '' : ` of ${timecode(durationMs).slice(0, -4)}`}`;
    const name = safeLine(basename(path), false);
    const number = this.#done + 1;
    if (this.#bar !== undefined) {
      this.#bar.setTotal(Math.max(1, durationMs ?? timeMs * 2));
      this.#bar.update(timeMs, { number, videos: this.#total, position, name });
    } else if (!this.#quiet && performance.now() - this.#lastLine > LINE_EVERY_MS) {
      this.#lastLine = performance.now();
      say(`video ${number}/${this.#total} ${name}: ${position}`);
    }
  }

  done(): void {
    this.#done++;
  }

  note(line: string): void {
    if (this.#bar === undefined) say(line);
    else sayAbove(line);
  }

  stop(): void {
    this.#bar?.stop();
  }
}
