import type { PhotoOutcome } from '@fr-stream/stream';
import { timecode } from '@fr-stream/stream';
import type { SingleBar } from 'cli-progress';
import { progressBar } from './bar.js';
import { barPaint, paint } from './paint.js';
import { say, sayAbove } from './terminal.js';

/** The rate is taken over so long, or over the last photo where one takes longer. */
const WINDOW_MS = 20_000;
/** Logs and pipes get a line this often. */
const LINE_EVERY_MS = 30_000;

/** Shows on stderr how far a scan is and when it will be done, and which photos are skipped. */
export class PhotoProgress {
  readonly #bar: SingleBar | undefined;
  readonly #quiet: boolean;
  readonly #photos: number;
  readonly #searched: number[] = [performance.now()];
  #done = 0;
  #faces = 0;
  #lastLine = performance.now();

  constructor(photos: number, quiet: boolean) {
    this.#photos = photos;
    this.#quiet = quiet;
    if (quiet || process.stderr.isTTY !== true) return;
    this.#bar = progressBar(
      `{bar} {value}/{total} photos ${barPaint.dim('{rate}/s')} {left} ${barPaint.dim('faces')} {faces}`,
      process.stderr,
    );
    this.#bar.start(photos, 0, { rate: '-', left: '', faces: 0 });
  }

  update(outcome: PhotoOutcome): void {
    this.#done = Math.min(this.#photos, this.#done + 1);
    const now = performance.now();
    // What is known already takes no time and says nothing about what is to come.
    if (outcome.kind === 'searched') {
      this.#faces += outcome.faces;
      if (outcome.warning !== undefined)
        this.#note(`${paint.yellow('warning:')} ${outcome.path}: ${outcome.warning}`);
      this.#searched.push(now);
      while (this.#searched.length > 2 && now - (this.#searched[0] ?? now) > WINDOW_MS)
        this.#searched.shift();
    }
    if (outcome.kind === 'skipped') this.#note(`${paint.yellow('skipped:')} ${outcome.error.message}`);
    this.#bar?.update(this.#done, { ...this.#figures(), faces: this.#faces });
    if (this.#bar === undefined && !this.#quiet && now - this.#lastLine > LINE_EVERY_MS) {
      this.#lastLine = now;
      const { rate, left } = this.#figures();
      say(`${this.#done}/${this.#photos} photos, ${rate}/s, ${left}`);
    }
  }

  #figures(): { readonly rate: string; readonly left: string } {
    const now = performance.now();
    const seconds = (now - (this.#searched[0] ?? now)) / 1000;
    const rate = seconds > 0 ? (this.#searched.length - 1) / seconds : 0;
    if (rate === 0) return { rate: '-', left: '' };
    const left = ((this.#photos - this.#done) / rate) * 1000;
    return { rate: rate.toFixed(1), left: `ETA ${timecode(left).slice(0, -4)}` };
  }

  #note(line: string): void {
    if (this.#bar === undefined) say(line);
    else sayAbove(line);
  }

  stop(): void {
    this.#bar?.stop();
  }
}
