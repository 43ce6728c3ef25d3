import { FaceEvents, type PresenceEvent } from '@fr-stream/backend-web/page';
import { messageOf, type Image } from '@fr-stream/core';
import { openFaceEngine, type OpenFaceEngineOptions } from '../open-face-engine.js';
import type { AnalyzedFace, AnalyzedFrame, EngineInfo } from '../types.js';
import type { RemoteFaceEngine } from '../connect.js';
import { ShownFrame } from '../names-of-now.js';
import { fetched, ShownSource, type WantedSource } from './shown-source.js';
import { TaggerView, type Blur } from './tagger-view.js';

/** What an engine is opened with: when one of them changes, another takes over. */
const OPENED_WITH = ['base', 'provider', 'gallery', 'detector', 'embedder', 'analyze', 'main-thread'];

/** In a worker, which loads the same file, there are no elements. */
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

/**
 * `<face-tagger src="clip.mp4" enrolled="people.json">`: a video, photo or webcam with boxes and names. README.md tells
 * its attributes, events and parts. Events: `ready` ({@link EngineInfo}), `faces` ({@link AnalyzedFrame}), `enter` and
 * `leave` (`PresenceEvent`), `face-click` ({@link AnalyzedFace}, cancelable), `error` (an `ErrorEvent`).
 */
export class FaceTaggerElement extends Base {
  static readonly observedAttributes = ['src', 'enrolled', 'blur', 'threshold', ...OPENED_WITH];
  /** See {@link OpenFaceEngineOptions.base}, for elements that say nothing else. */
  static base: string | undefined;

  readonly #view: TaggerView;
  #engine: RemoteFaceEngine | undefined;
  #isOpen = false;
  /** Counts the engines that were asked for: one that comes when another is wanted is closed. */
  #turn = 0;
  #isToReopen = false;
  #source: Blob | MediaStream | null = null;
  #shown: ShownSource | undefined;
  readonly #frame = new ShownFrame((frame, picture) => this.#tellOf(frame, picture));
  readonly #presence = new FaceEvents();

  constructor() {
    super();
    this.#view = new TaggerView(this, {
      onPick: (face) => this.#pick(face),
      onName: (face, name) => this.#run(() => this.name(face.id, name)),
      onMedia: () => this.#show(),
    });
    for (const type of ['enter', 'leave'] as const)
      this.#presence.on(type, (detail) => this.#tell<PresenceEvent>(type, detail));
  }

  /** Address of a video or photo, or `webcam`. */
  get src(): string {
    return this.getAttribute('src') ?? '';
  }
  set src(value: string) {
    this.setAttribute('src', value);
  }

  /** Address of a `people.json`, as `fr-stream gallery export` writes it. */
  get enrolled(): string {
    return this.getAttribute('enrolled') ?? '';
  }
  set enrolled(value: string) {
    this.setAttribute('enrolled', value);
  }

  /** A file or a camera's stream, in place of `src`. */
  get srcObject(): Blob | MediaStream | null {
    return this.#source;
  }
  set srcObject(value: Blob | MediaStream | null) {
    this.#source = value;
    this.#show();
  }

  /** The engine behind, once there was `ready`. */
  get engine(): RemoteFaceEngine | undefined {
    return this.#engine;
  }

  /** The faces of what was looked at last. */
  get faces(): readonly AnalyzedFace[] {
    return this.#frame.current?.faces ?? [];
  }

  connectedCallback(): void {
    if (!this.#isOpen) this.#run(() => this.#open());
  }

  disconnectedCallback(): void {
    // Moving an element takes it out and puts it in again.
    queueMicrotask(() => {
      if (!this.isConnected) this.#run(() => this.#close());
    });
  }

  attributeChangedCallback(attribute: string, before: string | null, now: string | null): void {
    if (before === now) return;
    const engine = this.#engine;
    if (OPENED_WITH.includes(attribute)) this.#reopen();
    else if (engine === undefined) return;
    else if (attribute === 'enrolled') {
      this.#run(async () => {
        await this.#enrol(engine);
        await this.refresh();
      });
    } else if (attribute === 'threshold') {
      const threshold = this.#number('threshold');
      if (threshold !== undefined)
        this.#run(async () => {
          await engine.setThreshold(threshold);
          await this.refresh();
        });
    } else if (attribute === 'blur') this.#shown?.again(engine, this.#follow);
    else this.#show();
  }

  /** Says who a face is. @throws GalleryError */
  async name(faceId: string, name: string): Promise<void> {
    if (this.#engine === undefined) return;
    await this.#engine.enroll(name, faceId);
    await this.refresh();
  }

  /** Shows the names of now, after people were changed by `engine`. A video's come with its next frame. */
  async refresh(): Promise<void> {
    if (this.#engine !== undefined) await this.#frame.refresh(this.#engine);
  }

  #number(attribute: string): number | undefined {
    const value = this.getAttribute(attribute);
    return value === null || value === '' || !Number.isFinite(Number(value)) ? undefined : Number(value);
  }

  get #blur(): Blur {
    const value = this.getAttribute('blur');
    if (value === null || value === 'none') return 'none';
    // A word that nobody knows must not show whom it should hide.
    return value === 'unknown' ? 'unknown' : 'all';
  }

  get #follow(): WantedSource['follow'] {
    return { pictures: this.#blur !== 'none', detectEveryMs: this.#number('detect-every') ?? 60 };
  }

  #options(): OpenFaceEngineOptions {
    const base = this.getAttribute('base') ?? FaceTaggerElement.base;
    const provider = this.getAttribute('provider');
    const gallery = this.getAttribute('gallery');
    const detector = this.getAttribute('detector');
    const embedder = this.getAttribute('embedder');
    const threshold = this.#number('threshold');
    const analyze = this.getAttribute('analyze');
    return {
      ...(base !== undefined && { base }),
      ...((provider === 'wasm' || provider === 'webgpu') && { provider }),
      ...(gallery !== null && { gallery }),
      ...(detector !== null && { detector }),
      ...(embedder !== null && { embedder }),
      ...(threshold !== undefined && { threshold }),
      ...(analyze !== null && { analyze: analyze.split(/[\s,]+/).filter((name) => name !== '') }),
      thread: this.hasAttribute('main-thread') ? 'page' : 'worker',
      onProgress: (_model, received, total) =>
        this.#view.say(`Loading the models: ${Math.round((100 * received) / total)} %`),
    };
  }

  /** Opens an engine, or another one: the first goes on until the second takes over. */
  async #open(): Promise<void> {
    const mine = ++this.#turn;
    this.#isOpen = true;
    this.#view.say('Loading the models …');
    let engine: RemoteFaceEngine | undefined;
    try {
      const opened = await openFaceEngine(this.#options());
      ({ engine } = opened);
      await this.#prepare(engine);
      if (mine !== this.#turn) return await engine.close();
      const earlier = this.#engine;
      this.#engine = engine;
      this.#view.say('');
      this.#tell<EngineInfo>('ready', opened.info);
      if (this.#shown === undefined) this.#show();
      else this.#shown.again(engine, this.#follow);
      await earlier?.close();
    } catch (error) {
      if (engine !== this.#engine) await engine?.close();
      if (mine !== this.#turn) return;
      // So that taking it out and in again is another try.
      this.#isOpen = this.#engine !== undefined;
      this.#fail(error);
    }
  }

  async #prepare(engine: RemoteFaceEngine): Promise<void> {
    // It may have been changed meanwhile.
    const threshold = this.#number('threshold');
    if (threshold !== undefined) await engine.setThreshold(threshold);
    await this.#enrol(engine);
    await engine.follow(() => this.#run(() => this.refresh()));
  }

  /** Once for all attributes that a script changes at a time. */
  #reopen(): void {
    if (!this.#isOpen || this.#isToReopen) return;
    this.#isToReopen = true;
    queueMicrotask(() => {
      this.#isToReopen = false;
      if (this.isConnected) this.#run(() => this.#open());
    });
  }

  async #close(): Promise<void> {
    this.#turn++;
    this.#clear();
    const engine = this.#engine;
    this.#engine = undefined;
    this.#isOpen = false;
    await engine?.close();
  }

  async #enrol(engine: RemoteFaceEngine): Promise<void> {
    const { enrolled } = this;
    if (enrolled !== '') await engine.importGallery(await (await fetched(enrolled)).text());
  }

  #clear(): void {
    this.#shown?.leave();
    this.#shown = undefined;
    this.#frame.clear();
    this.#presence.close().catch(reportError);
    this.#view.clear();
  }

  #show(): void {
    if (this.#engine === undefined) return;
    this.#clear();
    const wanted = {
      media: this.#view.media,
      object: this.#source,
      src: this.src,
      controls: this.hasAttribute('controls'),
      loop: this.hasAttribute('loop'),
      autoplay: this.hasAttribute('autoplay'),
      follow: this.#follow,
    };
    this.#shown = new ShownSource(this.#view, this.#engine, wanted, {
      onFrame: (frame, picture) => {
        const engine = this.#engine;
        if (engine !== undefined) this.#run(() => this.#frame.take(engine, frame, picture));
      },
      onError: (error) => this.#fail(error),
    });
  }

  #tellOf(frame: AnalyzedFrame, picture?: Image): void {
    this.#view.show(frame, this.#blur, picture);
    this.#tell<AnalyzedFrame>('faces', frame);
    this.#presence.write({ frame: { ...frame, image: frame }, faces: frame.faces }).catch(reportError);
  }

  #pick(face: AnalyzedFace): void {
    const goesOn = this.#tell<AnalyzedFace>('face-click', face, true);
    if (goesOn && this.hasAttribute('nameable')) this.#view.ask(face);
  }

  #tell<Detail>(type: string, detail: Detail, cancelable = false): boolean {
    return this.dispatchEvent(new CustomEvent(type, { detail, cancelable }));
  }

  #fail(error: unknown): void {
    const message = messageOf(error);
    this.#view.say(message);
    this.dispatchEvent(new ErrorEvent('error', { error, message }));
  }

  #run(action: () => Promise<void>): void {
    action().catch((error: unknown) => this.#fail(error));
  }
}

/** Makes the element known to the page; once more does no harm. @param name of the tag. */
export function defineFaceTagger(name = 'face-tagger'): void {
  if (customElements.get(name) === undefined) customElements.define(name, FaceTaggerElement);
}

declare global {
  interface HTMLElementTagNameMap {
    'face-tagger': FaceTaggerElement;
  }
}
