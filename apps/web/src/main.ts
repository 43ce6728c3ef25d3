import { connectFaceEngine } from '@fr-stream/backend-web';
import type { AnalyzedFace, AnalyzedFrame, FaceEngineOptions } from '@fr-stream/backend-web';
import { DEFAULT_CHAIN } from '@fr-stream/models';
import { byId, clock, download, make } from './dom.js';
import { EventLog } from './event-log.js';
import { LiveLoop } from './live-loop.js';
import { Meter } from './meter.js';
import { colourOf, drawFaces, faceAt, nameOf } from './overlay.js';
import { PhotoStrip } from './photo-strip.js';
import { Pictures } from './pictures.js';
import { Timeline } from './timeline.js';

const ui = {
  open: byId('open', HTMLButtonElement),
  webcam: byId('webcam', HTMLButtonElement),
  pause: byId('pause', HTMLButtonElement),
  stop: byId('stop', HTMLButtonElement),
  files: byId('files', HTMLInputElement),
  meter: byId('meter', HTMLOutputElement),
  stage: byId('stage', HTMLDivElement),
  video: byId('video', HTMLVideoElement),
  photo: byId('photo', HTMLCanvasElement),
  overlay: byId('overlay', HTMLCanvasElement),
  empty: byId('empty', HTMLDivElement),
  seek: byId('seek', HTMLInputElement),
  strip: byId('strip', HTMLDivElement),
  status: byId('status', HTMLParagraphElement),
  error: byId('error', HTMLParagraphElement),
  inView: byId('in-view', HTMLUListElement),
  selected: byId('selected', HTMLElement),
  selectedPicture: byId('selected-picture', HTMLImageElement),
  nameForm: byId('name-form', HTMLFormElement),
  name: byId('name', HTMLInputElement),
  names: byId('names', HTMLDataListElement),
  alike: byId('alike', HTMLOListElement),
  people: byId('people-list', HTMLUListElement),
  timeline: byId('timeline', HTMLUListElement),
  exportGallery: byId('export-gallery', HTMLButtonElement),
  importGallery: byId('import-gallery', HTMLButtonElement),
  exportEvents: byId('export-events', HTMLButtonElement),
  galleryFile: byId('gallery-file', HTMLInputElement),
  engine: byId('engine', HTMLParagraphElement),
  theme: byId('theme', HTMLButtonElement),
};

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'faces' });
const engine = connectFaceEngine(worker);
const pictures = new Pictures();
const portraits = new Pictures(1000);
const events = new EventLog();
const timeline = new Timeline();
const meter = new Meter();
const strip = new PhotoStrip(ui.strip, ui.photo, (frame) => {
  show(frame);
});

let loop: LiveLoop | undefined;
let stream: MediaStream | undefined;
let current: AnalyzedFrame | undefined;
let selected: AnalyzedFace | undefined;
/** Counts the sources that were opened, so that what belongs to an earlier one is not shown. */
let sources = 0;

function say(text: string): void {
  ui.status.textContent = text;
}

function complain(error: unknown): void {
  const hint: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'hint') : undefined;
  const message = error instanceof Error ? error.message : String(error);
  ui.error.textContent = typeof hint === 'string' ? `${message} ${hint}` : message;
  ui.error.hidden = false;
}

/** Runs what an event handler starts, and shows what goes wrong. */
function run(action: () => Promise<void>): void {
  ui.error.hidden = true;
  action().catch(complain);
}

function show(frame: AnalyzedFrame): void {
  current = frame;
  for (const face of frame.faces) if (face.picture !== undefined) pictures.put(face.id, face.picture);
  if (selected !== undefined) selected = frame.faces.find(({ id }) => id === selected?.id) ?? selected;
  ui.stage.style.aspectRatio = `${frame.width} / ${frame.height}`;
  drawFaces(ui.overlay, frame, selected?.id);
  showInView(frame);
}

/** The faces in view as buttons: the way to them without a mouse. Only rebuilt when they change, to keep the focus. */
function showInView(frame: AnalyzedFrame): void {
  const key = frame.faces
    .map((face) => `${face.id}=${nameOf(face)}${face.id === selected?.id ? '*' : ''}`)
    .join('|');
  if (ui.inView.dataset.key === key) return;
  ui.inView.dataset.key = key;
  const focused =
    document.activeElement instanceof HTMLElement ? document.activeElement.dataset.face : undefined;
  const chips = frame.faces.map((face) => {
    const button = make('button', { type: 'button', onclick: () => select(face) }, nameOf(face));
    button.dataset.face = face.id;
    button.setAttribute('aria-pressed', String(face.id === selected?.id));
    button.style.borderLeftColor = colourOf(face);
    return make('li', {}, button);
  });
  ui.inView.replaceChildren(
    ...(chips.length > 0 ? chips : [make('li', { className: 'quiet' }, 'No faces.')]),
  );
  if (focused !== undefined)
    ui.inView.querySelector<HTMLElement>(`[data-face="${CSS.escape(focused)}"]`)?.focus();
}

function select(face: AnalyzedFace): void {
  selected = face;
  ui.selected.hidden = false;
  ui.selectedPicture.src = pictures.get(face.id) ?? 'icon.svg';
  ui.selectedPicture.alt = `Face of ${nameOf(face)}`;
  ui.name.value = face.identity.kind === 'known' ? face.identity.name : '';
  if (current !== undefined) show(current);
  ui.name.focus();
  run(() => showAlike(face));
}

function showTimeline(): void {
  const { duration } = ui.video;
  timeline.render(ui.timeline, Number.isFinite(duration) ? duration * 1000 : undefined);
}

async function showAlike(face: AnalyzedFace): Promise<void> {
  const { people, faces } = await engine.likeness(face.id, 5);
  if (selected?.id !== face.id) return;
  const items = [
    ...people.map(({ personId, name, score }) => ({ name, score, url: portraits.get(personId) })),
    ...faces.map(({ face: other, score }) => ({
      name: `${other.source}${other.timeMs > 0 ? ` ${clock(other.timeMs)}` : ''}`,
      score,
      url: pictures.get(other.id) ?? pictures.put(other.id, other.picture),
    })),
  ]
    .sort((a, b) => b.score - a.score)
    .slice(0, 5)
    .map(({ name, score, url }) =>
      make(
        'li',
        { title: name },
        make('img', { src: url ?? 'icon.svg', alt: '' }),
        `${name} ${score.toFixed(2)}`,
      ),
    );
  ui.alike.replaceChildren(...(items.length > 0 ? items : [make('li', { className: 'quiet' }, 'None yet.')]));
}

async function showPeople(): Promise<void> {
  const people = await engine.people();
  ui.names.replaceChildren(...people.map(({ name }) => make('option', { value: name })));
  const rows = people.map((person) => {
    const url = person.portrait === undefined ? 'icon.svg' : portraits.put(person.id, person.portrait);
    const rename = make('button', { type: 'button' }, 'Rename');
    rename.setAttribute('aria-label', `Rename ${person.name}`);
    rename.onclick = () => {
      const name = prompt(`New name for ${person.name}`, person.name);
      if (name !== null) run(() => engine.rename(person.id, name).then(galleryChanged));
    };
    const remove = make('button', { type: 'button' }, 'Remove');
    remove.setAttribute('aria-label', `Remove ${person.name}`);
    remove.onclick = () => {
      if (confirm(`Forget ${person.name} and their ${person.faces} faces?`)) {
        run(() => engine.remove(person.id).then(galleryChanged));
      }
    };
    const count = make(
      'span',
      { className: 'quiet' },
      ` ${person.faces} ${person.faces === 1 ? 'face' : 'faces'}`,
    );
    return make(
      'li',
      {},
      make('img', { src: url, alt: '' }),
      make('span', {}, person.name, make('br'), count),
      rename,
      remove,
    );
  });
  const none = make('li', { className: 'none quiet' }, 'Nobody is named yet. Click a face in the picture.');
  ui.people.replaceChildren(...(rows.length > 0 ? rows : [none]));
}

async function galleryChanged(): Promise<void> {
  await showPeople();
  await strip.identifyAgain((ids) => engine.identities(ids));
}

function reset(state: 'empty' | 'video' | 'photo'): number {
  loop?.stop();
  loop = undefined;
  stream?.getTracks().forEach((track) => track.stop());
  stream = undefined;
  const { src } = ui.video;
  ui.video.pause();
  ui.video.removeAttribute('src');
  ui.video.srcObject = null;
  ui.video.load();
  if (src !== '') setTimeout(() => URL.revokeObjectURL(src), 10_000);
  strip.clear();
  timeline.clear();
  timeline.render(ui.timeline, undefined);
  current = selected = undefined;
  ui.error.hidden = true;
  ui.selected.hidden = true;
  ui.inView.replaceChildren();
  delete ui.inView.dataset.key;
  ui.stage.style.aspectRatio = state === 'empty' ? '' : '16 / 9';
  ui.stage.dataset.state = state === 'empty' ? 'empty' : 'open';
  ui.empty.hidden = state !== 'empty';
  ui.video.hidden = ui.pause.hidden = state !== 'video';
  ui.photo.hidden = ui.strip.hidden = state !== 'photo';
  ui.overlay.hidden = ui.stop.hidden = state === 'empty';
  ui.overlay.getContext('2d')?.clearRect(0, 0, ui.overlay.width, ui.overlay.height);
  ui.seek.hidden = true;
  ui.meter.textContent = '';
  return ++sources;
}

async function follow(source: string, mine: number): Promise<void> {
  await engine.begin('video');
  await ui.video.play();
  if (mine !== sources) return;
  ui.pause.textContent = 'Pause';
  ui.seek.hidden = !Number.isFinite(ui.video.duration);
  meter.clear();
  loop = new LiveLoop(
    ui.video,
    engine,
    source,
    (frame) => {
      events.add(frame);
      ui.exportEvents.disabled = events.size === 0;
      timeline.add(frame);
      show(frame);
      meter.add(frame.ms);
      ui.meter.textContent = meter.text(loop?.dropped ?? 0);
      showTimeline();
    },
    complain,
  );
  say(`Watching ${source}. Click a face to name it.`);
}

async function openVideo(file: File): Promise<void> {
  const mine = reset('video');
  ui.video.src = URL.createObjectURL(file);
  ui.video.loop = false;
  await new Promise<void>((resolve, reject) => {
    ui.video.onloadedmetadata = () => resolve();
    ui.video.onerror = () =>
      reject(new Error(`The browser cannot play ${file.name}. Use an MP4 (H.264) or WebM video.`));
  });
  await follow(file.name, mine);
}

async function openWebcam(): Promise<void> {
  const mine = reset('video');
  say('Waiting for the webcam …');
  stream = await navigator.mediaDevices.getUserMedia({
    video: { width: { ideal: 1280 }, facingMode: 'user' },
  });
  ui.video.srcObject = stream;
  await follow('webcam', mine);
}

async function openPhotos(files: readonly File[]): Promise<void> {
  const mine = reset('photo');
  await engine.begin('photos');
  for (const [index, file] of files.entries()) {
    say(`Looking at ${file.name} (${index + 1} of ${files.length}) …`);
    try {
      const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
      const frame = await engine.analyze(await createImageBitmap(bitmap), {
        timeMs: 0,
        index,
        source: file.name,
      });
      if (mine !== sources) return;
      for (const face of frame.faces) if (face.picture !== undefined) pictures.put(face.id, face.picture);
      events.add(frame);
      ui.exportEvents.disabled = events.size === 0;
      strip.add(file.name, bitmap, frame);
    } catch (error) {
      complain(
        error instanceof DOMException
          ? new Error(`${file.name} is no picture that the browser can read.`)
          : error,
      );
    }
  }
  say(
    `${files.length} ${files.length === 1 ? 'photo' : 'photos'}, ${strip.faces} faces. Click a face to name it.`,
  );
}

async function openFiles(files: readonly File[]): Promise<void> {
  const video = files.find(({ type }) => type.startsWith('video/'));
  if (video !== undefined) return openVideo(video);
  const photos = files.filter(({ type }) => type.startsWith('image/'));
  if (photos.length > 0) return openPhotos(photos);
  if (files.length > 0) throw new Error('These are neither videos nor photos that a browser can open.');
}

ui.open.onclick = () => ui.files.click();
ui.files.onchange = () => {
  const files = [...(ui.files.files ?? [])];
  ui.files.value = '';
  run(() => openFiles(files));
};
ui.webcam.onclick = () => run(openWebcam);
ui.stop.onclick = () => {
  reset('empty');
  say('Ready.');
};
ui.pause.onclick = () =>
  run(async () => {
    if (ui.video.paused) await ui.video.play();
    else ui.video.pause();
    ui.pause.textContent = ui.video.paused ? 'Play' : 'Pause';
  });
ui.video.onended = () => {
  ui.pause.textContent = 'Play';
  say('The video is over.');
};
ui.video.ontimeupdate = () => {
  const { duration, currentTime } = ui.video;
  if (Number.isFinite(duration)) ui.seek.value = String((1000 * currentTime) / duration);
  ui.seek.setAttribute('aria-valuetext', clock(currentTime * 1000));
};
ui.seek.onchange = () =>
  run(async () => {
    ui.video.currentTime = (Number(ui.seek.value) / 1000) * ui.video.duration;
    await loop?.jumped();
  });

ui.overlay.onclick = ({ offsetX, offsetY }) => {
  if (current === undefined) return;
  const { clientWidth, clientHeight } = ui.overlay;
  // The canvas is fitted into its box (object-fit: contain), in the middle.
  const scale = Math.min(clientWidth / current.width, clientHeight / current.height);
  const x = (offsetX - (clientWidth - current.width * scale) / 2) / scale;
  const y = (offsetY - (clientHeight - current.height * scale) / 2) / scale;
  const face = faceAt(current, x, y);
  if (face !== undefined) select(face);
};

ui.nameForm.onsubmit = (event) => {
  event.preventDefault();
  const face = selected;
  const name = ui.name.value.trim();
  if (face === undefined || name === '') return;
  run(async () => {
    const person = await engine.enroll(name, face.id);
    const before = nameOf(face);
    say(
      `${person.name} is saved on this device, with ${person.faces} ${person.faces === 1 ? 'face' : 'faces'}.`,
    );
    const identity = {
      kind: 'known',
      personId: person.id,
      name: person.name,
      score: 1,
      margin: Infinity,
    } as const;
    timeline.rename(before, person.name, colourOf({ identity }));
    showTimeline();
    if (current !== undefined) {
      show({
        ...current,
        faces: current.faces.map((one) => (one.id === face.id ? { ...one, identity } : one)),
      });
    }
    await galleryChanged();
  });
};

ui.exportGallery.onclick = () =>
  run(async () => download('people.fr-stream.json', 'application/json', [await engine.exportGallery()]));
ui.importGallery.onclick = () => ui.galleryFile.click();
ui.galleryFile.onchange = () => {
  const [file] = ui.galleryFile.files ?? [];
  ui.galleryFile.value = '';
  if (file === undefined) return;
  run(async () => {
    const count = await engine.importGallery(await file.text());
    say(`${count} ${count === 1 ? 'person' : 'people'} imported.`);
    await galleryChanged();
  });
};
ui.exportEvents.onclick = () => {
  if (events.forgotten > 0)
    say(`The file lacks the first ${events.forgotten} frames, which were too many to keep.`);
  download('faces.jsonl', 'application/x-ndjson', [events.text()]);
};

for (const type of ['dragenter', 'dragover']) {
  document.addEventListener(type, (event) => {
    event.preventDefault();
    ui.stage.classList.add('dropping');
  });
}
for (const type of ['dragleave', 'drop']) {
  document.addEventListener(type, () => ui.stage.classList.remove('dropping'));
}
document.addEventListener('drop', (event) => {
  event.preventDefault();
  const files = [...(event.dataTransfer?.files ?? [])];
  if (!ui.open.disabled) run(() => openFiles(files));
});

const themeKey = 'fr-stream-theme';
const applyTheme = (theme: string | null): void => {
  if (theme === null) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
};
applyTheme(localStorage.getItem(themeKey));
ui.theme.onclick = () => {
  const now =
    document.documentElement.dataset.theme ??
    (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  const next = now === 'dark' ? 'light' : 'dark';
  localStorage.setItem(themeKey, next);
  applyTheme(next);
};

function providerAsked(): FaceEngineOptions['provider'] {
  const asked = new URLSearchParams(location.search).get('provider');
  return asked === 'wasm' || asked === 'webgpu' ? asked : 'auto';
}

async function start(): Promise<void> {
  const info = await engine.open(
    {
      cards: DEFAULT_CHAIN,
      modelBase: new URL('models/', document.baseURI).href,
      wasmBase: new URL('ort/', document.baseURI).href,
      provider: providerAsked(),
    },
    (model, received, total) => say(`Loading ${model}: ${Math.round((100 * received) / total)} %`),
  );
  const providers = [
    ...new Set(info.models.map(({ provider }) => (provider === 'webgpu' ? 'WebGPU' : 'WASM'))),
  ];
  ui.engine.textContent = `Runs on ${providers.join(' and ')}${info.isolated ? ', several threads' : ', one thread'}. A name is given from a likeness of ${info.threshold}.`;
  for (const button of [ui.open, ui.webcam, ui.exportGallery, ui.importGallery]) button.disabled = false;
  timeline.render(ui.timeline, undefined);
  await showPeople();
  say('Ready.');
}

run(start);
// The service worker keeps the page for when there is no network; the development server has none.
if ('serviceWorker' in navigator && !import.meta.url.includes('/src/')) {
  navigator.serviceWorker.register(new URL('sw.js', document.baseURI)).catch(() => undefined);
}
