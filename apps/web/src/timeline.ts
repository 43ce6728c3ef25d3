import type { AnalyzedFrame } from '@fr-stream/backend-web';
import { clock, make } from './dom.js';
import { colourOf, nameOf } from './overlay.js';

interface Presence {
  colour: string;
  readonly spans: { from: number; to: number }[];
}

/** Absences shorter than this do not break a stay. */
const GAP_MS = 1500;

/** When who was in view. */
export class Timeline {
  readonly #people = new Map<string, Presence>();
  #last = 0;

  clear(): void {
    this.#people.clear();
    this.#last = 0;
  }

  add(frame: AnalyzedFrame): void {
    const { timeMs } = frame;
    this.#last = Math.max(this.#last, timeMs);
    for (const face of frame.faces) {
      if (face.identity.kind === 'unknown' && face.identity.label === undefined) continue;
      const name = nameOf(face);
      const person = this.#people.get(name) ?? { colour: colourOf(face), spans: [] };
      this.#people.set(name, person);
      person.colour = colourOf(face);
      const span = person.spans.find(({ from, to }) => timeMs >= from - GAP_MS && timeMs <= to + GAP_MS);
      if (span === undefined) person.spans.push({ from: timeMs, to: timeMs });
      else {
        span.from = Math.min(span.from, timeMs);
        span.to = Math.max(span.to, timeMs);
      }
    }
  }

  /** What was seen under one name was somebody else's. */
  rename(from: string, to: string, colour: string): void {
    const moved = this.#people.get(from);
    if (moved === undefined || from === to) return;
    this.#people.delete(from);
    const spans = [...(this.#people.get(to)?.spans ?? []), ...moved.spans].sort((a, b) => a.from - b.from);
    this.#people.set(to, { colour, spans });
  }

  /** @param durationMs of the source, where it is known. */
  render(list: HTMLUListElement, durationMs: number | undefined): void {
    const whole = Math.max(durationMs ?? this.#last, 1);
    const rows = [...this.#people].map(([name, { colour, spans }]) => {
      const bar = make('div', { className: 'bar' });
      for (const { from, to } of spans) {
        const part = make('i');
        part.style.cssText = `left:${(100 * from) / whole}%;width:${(100 * (to - from)) / whole}%;background:${colour}`;
        bar.append(part);
      }
      const words = spans.map(({ from, to }) => `${clock(from)}–${clock(to)}`).join(', ');
      return make('li', {}, `${name} · ${words}`, bar);
    });
    list.replaceChildren(...(rows.length > 0 ? rows : [make('li', { className: 'quiet' }, 'Nobody yet.')]));
  }
}
