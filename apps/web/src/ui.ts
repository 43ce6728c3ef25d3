import { byId, make } from './dom.js';

/** The parts of index.html that the program touches. */
export const ui = {
  open: byId('open', HTMLButtonElement),
  webcam: byId('webcam', HTMLButtonElement),
  stop: byId('stop', HTMLButtonElement),
  files: byId('files', HTMLInputElement),
  stage: byId('stage', HTMLDivElement),
  picture: byId('picture', HTMLDivElement),
  video: byId('video', HTMLVideoElement),
  photo: byId('photo', HTMLCanvasElement),
  overlay: byId('overlay', HTMLCanvasElement),
  empty: byId('empty', HTMLDivElement),
  transport: byId('transport', HTMLDivElement),
  pause: byId('pause', HTMLButtonElement),
  sound: byId('sound', HTMLButtonElement),
  seek: byId('seek', HTMLInputElement),
  clock: byId('clock', HTMLSpanElement),
  scan: byId('scan', HTMLButtonElement),
  strip: byId('strip', HTMLDivElement),
  status: byId('status', HTMLParagraphElement),
  meter: byId('meter', HTMLParagraphElement),
  progress: byId('progress', HTMLProgressElement),
  error: byId('error', HTMLDivElement),
  errors: byId('errors', HTMLUListElement),
  dismiss: byId('dismiss', HTMLButtonElement),
  notice: byId('notice', HTMLParagraphElement),
  sources: byId('sources', HTMLDivElement),
  toName: byId('to-name', HTMLParagraphElement),
  camera: byId('camera', HTMLSelectElement),
  folder: byId('folder', HTMLButtonElement),
  folderFiles: byId('folder-files', HTMLInputElement),
  exportSource: byId('export-source', HTMLSelectElement),
  exportForm: byId('export-form', HTMLSelectElement),
  savePicture: byId('save-picture', HTMLButtonElement),
  hide: byId('hide', HTMLSelectElement),
  threshold: byId('threshold', HTMLInputElement),
  thresholdValue: byId('threshold-value', HTMLOutputElement),
  detector: byId('detector', HTMLSelectElement),
  embedder: byId('embedder', HTMLSelectElement),
  kept: byId('kept', HTMLParagraphElement),
  keptSummary: byId('kept-summary', HTMLParagraphElement),
  keptVideos: byId('kept-videos', HTMLUListElement),
  forgetFiles: byId('forget-files', HTMLButtonElement),
  inView: byId('in-view', HTMLUListElement),
  selected: byId('selected', HTMLElement),
  selectedPicture: byId('selected-picture', HTMLImageElement),
  nameForm: byId('name-form', HTMLFormElement),
  name: byId('name', HTMLInputElement),
  saveName: byId('save-name', HTMLButtonElement),
  renamePerson: byId('rename-person', HTMLButtonElement),
  names: byId('names', HTMLDataListElement),
  faceQuality: byId('face-quality', HTMLParagraphElement),
  faceMore: byId('face-more', HTMLDetailsElement),
  faceFacts: byId('face-facts', HTMLDListElement),
  alike: byId('alike', HTMLOListElement),
  timelinePanel: byId('timeline-panel', HTMLElement),
  timeline: byId('timeline', HTMLUListElement),
  people: byId('people-list', HTMLElement),
  exportGallery: byId('export-gallery', HTMLButtonElement),
  importGallery: byId('import-gallery', HTMLButtonElement),
  exportEvents: byId('export-events', HTMLButtonElement),
  galleryFile: byId('gallery-file', HTMLInputElement),
  engine: byId('engine', HTMLParagraphElement),
  theme: byId('theme', HTMLButtonElement),
};

export function say(text: string): void {
  ui.status.textContent = text;
}

/** @param part 0..1; undefined when there is nothing to wait for. */
export function showProgress(part: number | undefined): void {
  ui.progress.hidden = part === undefined;
  if (part !== undefined) ui.progress.value = part;
}

const MOST_ERRORS = 200;

/** Adds to what went wrong, until the user has read it or begins something new. */
export function complain(error: unknown): void {
  const hint: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'hint') : undefined;
  const message = error instanceof Error ? error.message : String(error);
  const text = typeof hint === 'string' ? `${message} ${hint}` : message;
  const known = [...ui.errors.children].some(({ textContent }) => textContent === text);
  if (!known && ui.errors.childElementCount < MOST_ERRORS) ui.errors.append(make('li', {}, text));
  ui.error.hidden = false;
}

export function forgetErrors(): void {
  ui.errors.replaceChildren();
  ui.error.hidden = true;
}
ui.dismiss.onclick = forgetErrors;

/** Runs what an event handler starts, and shows what goes wrong. */
export function run(action: () => Promise<void>): void {
  action().catch(complain);
}
