import { clock, make } from './dom.js';
import type { Presence } from './presence-log.js';

/** Changes faster than this are not worth drawing. */
const INTERVAL_MS = 400;

export interface TimelineOptions {
  readonly pictureOf: (faceId: string) => string | undefined;
  readonly onSeek: (timeMs: number) => void;
}

interface Row {
  readonly item: HTMLLIElement;
  readonly image: HTMLImageElement;
  readonly name: HTMLElement;
  readonly words: HTMLElement;
  readonly bar: HTMLElement;
  first: number;
}

/** One row per person: a picture, the name, and a bar that shows when they were in view. */
export class Timeline {
  readonly #list: HTMLUListElement;
  readonly #options: TimelineOptions;
  readonly #rows = new Map<string, Row>();
  #drawn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(list: HTMLUListElement, options: TimelineOptions) {
    this.#list = list;
    this.#options = options;
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#rows.clear();
    this.#list.replaceChildren();
  }

  /**
   * Draws soon, and not too often.
   * @param people asked when it draws
   * @param durationMs of the source, where it is known.
   */
  update(people: () => readonly Presence[], durationMs: () => number | undefined): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        this.#drawn = performance.now();
        this.#draw(people(), durationMs());
      },
      Math.max(0, this.#drawn + INTERVAL_MS - performance.now()),
    );
  }

  /** Rows are kept and changed in place, so that the keyboard's focus stays where it is. */
  #draw(people: readonly Presence[], durationMs: number | undefined): void {
    const whole = Math.max(durationMs ?? 0, ...people.flatMap(({ stays }) => stays.map(({ to }) => to)), 1);
    const here = new Set(people.map(({ who }) => who));
    for (const [who, row] of this.#rows) {
      if (here.has(who)) continue;
      row.item.remove();
      this.#rows.delete(who);
    }
    for (const person of people) {
      const row = this.#rows.get(person.who) ?? this.#add(person.who);
      const words = person.stays.map(({ from, to }) => `${clock(from)}–${clock(to)}`).join(', ');
      row.first = person.stays[0]?.from ?? 0;
      row.name.textContent = person.name;
      row.words.textContent = words;
      const url = this.#options.pictureOf(person.faceId);
      if (url !== undefined && row.image.src !== url) row.image.src = url;
      row.bar.replaceChildren(
        ...person.stays.map(({ from, to }) => {
          const part = make('i');
          part.style.cssText = `left:${(100 * from) / whole}%;width:${(100 * (to - from)) / whole}%;background:${person.colour}`;
          return part;
        }),
      );
    }
  }

  #add(who: string): Row {
    const image = make('img', { src: 'icon.svg', alt: '', width: 36, height: 36 });
    const [name, words] = [make('b'), make('span', { className: 'quiet' })];
    const bar = make('span', { className: 'bar' });
    bar.setAttribute('aria-hidden', 'true');
    const button = make('button', { type: 'button' }, image, make('span', {}, name, ' ', words, bar));
    button.title = 'Jump to the first time';
    const item = make('li', {}, button);
    const row: Row = { item, image, name, words, bar, first: 0 };
    button.onclick = () => this.#options.onSeek(row.first);
    this.#rows.set(who, row);
    this.#list.append(item);
    return row;
  }
}
