import { definePeopleManager, PeopleManager } from '@fr-stream/people-ui';
import { make } from './dom.js';
import { EnginePeopleApi } from './engine-people-api.js';
import { engine, names } from './engine.js';
import { run, ui } from './ui.js';

definePeopleManager();

/** Who has a name, and who is to be named: the people manager over this page's engine. */
export class PeoplePanel {
  readonly #api = new EnginePeopleApi(engine);
  readonly #manager: PeopleManager;

  /** @param onChange told after something was changed here. */
  constructor(onChange: () => Promise<void>) {
    if (!(ui.people instanceof PeopleManager)) throw new Error('The page has no people manager.');
    this.#manager = ui.people;
    this.#manager.addEventListener('people-changed', () => run(onChange));
  }

  /** Address of the best picture of a person. */
  portraitOf(personId: string): string | undefined {
    return this.#api.portraitOf(personId);
  }

  /** @returns the name that they have now; undefined when it is somebody else's, who is not the same. */
  async rename(personId: string, name: string): Promise<string | undefined> {
    return (await this.#manager.rename(personId, name))?.name;
  }

  /** To be called once the engine is open. */
  open(): void {
    this.#manager.api = this.#api;
  }

  /** Asks who there is now. */
  async refresh(): Promise<void> {
    const people = await engine.people();
    names.setPeople(people);
    const named = people.filter(({ unnamed }) => unnamed !== true);
    ui.names.replaceChildren(...named.map(({ name }) => make('option', { value: name })));
    ui.toName.textContent = toName(people.length - named.length);
    await this.#manager.show();
  }
}

function toName(count: number): string {
  if (count === 0) return '';
  return `${count} ${count === 1 ? 'person waits' : 'people wait'} for a name.`;
}
