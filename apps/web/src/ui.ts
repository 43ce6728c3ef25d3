import { byId } from './dom.js';

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
  seek: byId('seek', HTMLInputElement),
  clock: byId('clock', HTMLSpanElement),
  scan: byId('scan', HTMLButtonElement),
  strip: byId('strip', HTMLDivElement),
  status: byId('status', HTMLParagraphElement),
  meter: byId('meter', HTMLParagraphElement),
  progress: byId('progress', HTMLProgressElement),
  error: byId('error', HTMLParagraphElement),
  inView: byId('in-view', HTMLUListElement),
  selected: byId('selected', HTMLElement),
  selectedPicture: byId('selected-picture', HTMLImageElement),
  nameForm: byId('name-form', HTMLFormElement),
  name: byId('name', HTMLInputElement),
  names: byId('names', HTMLDataListElement),
  alike: byId('alike', HTMLOListElement),
  timelinePanel: byId('timeline-panel', HTMLElement),
  timeline: byId('timeline', HTMLUListElement),
  people: byId('people-list', HTMLUListElement),
  exportGallery: byId('export-gallery', HTMLButtonElement),
  importGallery: byId('import-gallery', HTMLButtonElement),
  exportEvents: byId('export-events', HTMLButtonElement),
  galleryFile: byId('gallery-file', HTMLInputElement),
  engine: byId('engine', HTMLParagraphElement),
  theme: byId('theme', HTMLButtonElement),
  ask: byId('ask', HTMLDialogElement),
  askTitle: byId('ask-title', HTMLHeadingElement),
  askInput: byId('ask-input', HTMLInputElement),
  askYes: byId('ask-yes', HTMLButtonElement),
  askNo: byId('ask-no', HTMLButtonElement),
};

export function say(text: string): void {
  ui.status.textContent = text;
}

/** @param part 0..1; undefined when there is nothing to wait for. */
export function showProgress(part: number | undefined): void {
  ui.progress.hidden = part === undefined;
  if (part !== undefined) ui.progress.value = part;
}

export function complain(error: unknown): void {
  const hint: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'hint') : undefined;
  const message = error instanceof Error ? error.message : String(error);
  ui.error.textContent = typeof hint === 'string' ? `${message} ${hint}` : message;
  ui.error.hidden = false;
}

/** Runs what an event handler starts, and shows what goes wrong. */
export function run(action: () => Promise<void>): void {
  ui.error.hidden = true;
  action().catch(complain);
}
