import { factsInWords, type FaceFacts } from '@fr-stream/people-ui';
import { labelOf } from '@fr-stream/backend-web';
import { type AnalyzedFace } from '@fr-stream/browser';
import { clock, make } from './dom.js';
import { engine, names, pictures } from './engine.js';
import { run, ui } from './ui.js';

/** The selected face: a large picture, the form that names it, and the five faces most like it. */
export class FacePanel {
  readonly #portraitOf: (personId: string) => string | undefined;
  readonly #look: (face: AnalyzedFace) => Promise<void>;
  readonly #describe: (face: AnalyzedFace) => Promise<FaceFacts | undefined>;
  #face: AnalyzedFace | undefined;

  /**
   * @param look makes sure that a face can be named, however small it is.
   * @param describe what else can be told of a face.
   * @param onName what to do with a name for this face.
   * @param onRename what to do with another name for the person whose face it is.
   */
  constructor(
    portraitOf: (personId: string) => string | undefined,
    look: (face: AnalyzedFace) => Promise<void>,
    describe: (face: AnalyzedFace) => Promise<FaceFacts | undefined>,
    onName: (face: AnalyzedFace, name: string) => Promise<void>,
    onRename: (personId: string, name: string) => Promise<void>,
  ) {
    this.#portraitOf = portraitOf;
    this.#look = look;
    this.#describe = describe;
    ui.faceMore.ontoggle = () => this.#tell();
    ui.nameForm.onsubmit = (event) => {
      event.preventDefault();
      const face = this.#face;
      const name = ui.name.value.trim();
      if (face === undefined || name === '') return;
      const identity = names.of(face);
      const everywhere = event.submitter === ui.renamePerson && identity.kind === 'known';
      run(() => (everywhere ? onRename(identity.personId, name) : onName(face, name)));
    };
  }

  hide(): void {
    this.#face = undefined;
    ui.selected.hidden = true;
  }

  show(face: AnalyzedFace): void {
    this.#face = face;
    ui.selected.hidden = false;
    ui.selectedPicture.src = pictures.get(face.id) ?? 'icon.svg';
    ui.selectedPicture.alt = `Face of ${labelOf(face)}`;
    ui.name.value = face.identity.kind === 'known' ? face.identity.name : '';
    ui.name.focus();
    this.#offer(face);
    const { quality } = face;
    ui.faceQuality.textContent = quality === undefined ? '' : (factsInWords({ quality })[0]?.[1] ?? '');
    this.#tell();
    run(async () => {
      await this.#look(face);
      await this.#showAlike(face);
    });
  }

  /** Whoever has a name can get another one; or it is this face that is not theirs. */
  #offer(face: AnalyzedFace): void {
    const identity = names.of(face);
    const known = identity.kind === 'known';
    ui.saveName.textContent = known ? 'Save for this face' : 'Save name';
    ui.renamePerson.hidden = !known;
    ui.renamePerson.textContent = known ? `Rename ${identity.name} everywhere` : '';
  }

  /** What analysers tell, whose models are fetched when somebody first wants to know. */
  #tell(): void {
    const face = this.#face;
    ui.faceFacts.replaceChildren();
    if (!ui.faceMore.open || face === undefined) return;
    run(async () => {
      const facts = await this.#describe(face);
      if (this.#face?.id !== face.id || facts === undefined) return;
      const told = factsInWords(facts).flatMap(([about, found]) => [
        make('dt', {}, about),
        make('dd', {}, found),
      ]);
      ui.faceFacts.replaceChildren(...told);
    });
  }

  /** Asks again who is like the face, after the gallery has changed. */
  async refresh(): Promise<void> {
    const face = this.#face;
    if (face === undefined) return;
    this.#offer(face);
    await this.#showAlike(face);
  }

  async #showAlike(face: AnalyzedFace): Promise<void> {
    const { people, faces } = await engine.similarity(face.id, 5);
    // Another face may have been selected meanwhile.
    if (this.#face?.id !== face.id) return;
    const items = [
      ...people.map(({ personId, name, score }) => ({
        name,
        known: true,
        score,
        url: this.#portraitOf(personId),
      })),
      ...faces.map(({ face: other, score }) => ({
        name: `${other.source}${other.timeMs !== undefined ? ` ${clock(other.timeMs)}` : ''}`,
        known: false,
        score,
        url:
          pictures.get(other.id) ??
          (other.picture.size > 0 ? pictures.put(other.id, other.picture) : undefined),
      })),
    ]
      .sort((a, b) => b.score - a.score)
      .slice(0, 5)
      .map(({ name, known, score, url }) => {
        const picture = make('img', { src: url ?? 'icon.svg', alt: '' });
        const similarity = (Math.max(0, score) * 100).toFixed(0);
        const words = [
          make('span', { className: 'name' }, name),
          make('span', { className: 'quiet' }, `${similarity} %`),
        ];
        if (!known) return make('li', { title: name }, picture, ...words);
        const button = make('button', { type: 'button', title: `It is ${name}` }, picture, ...words);
        button.onclick = () => {
          ui.name.value = name;
          ui.name.focus();
        };
        return make('li', {}, button);
      });
    const none = make('li', { className: 'none quiet' }, 'No other face has been seen yet.');
    ui.alike.replaceChildren(...(items.length > 0 ? items : [none]));
  }
}
