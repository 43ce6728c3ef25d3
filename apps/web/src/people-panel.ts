import type { PersonView } from '@fr-stream/browser';
import { ask } from './ask.js';
import { make } from './dom.js';
import { engine } from './engine.js';
import { Pictures } from './pictures.js';
import { run, ui } from './ui.js';

/** Who has a name, then who is remembered without one, with the best pictures of each. */
export class PeoplePanel {
  readonly #portraits = new Pictures(1000);
  readonly #onChange: () => Promise<void>;

  /** @param onChange told after somebody was renamed or removed. */
  constructor(onChange: () => Promise<void>) {
    this.#onChange = onChange;
  }

  /** Address of the best picture of a person. */
  portraitOf(personId: string): string | undefined {
    return this.#portraits.get(`${personId} 0`);
  }

  async refresh(): Promise<void> {
    const people = await engine.people();
    const named = people.filter(({ unnamed }) => unnamed !== true);
    ui.names.replaceChildren(...named.map(({ name }) => make('option', { value: name })));
    const none = make(
      'li',
      { className: 'none quiet' },
      'Nobody yet. Click a face in the picture to name it.',
    );
    ui.people.replaceChildren(...(people.length > 0 ? people.map((person) => this.#row(person)) : [none]));
  }

  #row({ id, name, unnamed, faces, shots }: PersonView): HTMLLIElement {
    const images = shots.map((shot, i) =>
      make('img', { src: this.#portraits.put(`${id} ${i}`, shot), alt: '', width: 48, height: 48 }),
    );
    const initial = make('span', { className: 'initial' }, unnamed ? '?' : ([...name][0] ?? '?'));
    initial.setAttribute('aria-hidden', 'true');
    const count = `${faces} ${faces === 1 ? 'face' : 'faces'}`;
    const about = unnamed ? `no name yet, ${count} remembered` : `${count} learnt`;
    const rename = unnamed ? 'Name' : 'Rename';
    return make(
      'li',
      {},
      make('div', { className: 'shots' }, ...(images.length > 0 ? images : [initial])),
      make('span', { className: 'who' }, make('b', {}, name), make('span', { className: 'quiet' }, about)),
      this.#button(rename, name, async () => {
        const next = await ask(
          unnamed ? `Who is ${name}?` : `New name for ${name}`,
          rename,
          unnamed ? '' : name,
        );
        if (next === undefined || next === '' || next === name) return;
        await engine.rename(id, next);
        await this.#onChange();
      }),
      this.#button('Forget', name, async () => {
        if ((await ask(`Forget ${name}, their ${count} and pictures?`, 'Forget')) === undefined) return;
        await engine.remove(id);
        await this.#onChange();
      }),
    );
  }

  #button(what: string, name: string, action: () => Promise<void>): HTMLButtonElement {
    const button = make('button', { type: 'button', onclick: () => run(action) }, what);
    button.setAttribute('aria-label', `${what} ${name}`);
    return button;
  }
}
