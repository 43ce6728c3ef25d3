import { FrameLog } from '@fr-stream/backend-web';
import { type AnalyzedFace, type FaceEngineOptions } from '@fr-stream/browser';
import { DEFAULT_CHAIN } from '@fr-stream/models';
import { acceptDrops } from './drop.js';
import { download } from './dom.js';
import { engine } from './engine.js';
import { FacePanel } from './face-panel.js';
import { PeoplePanel } from './people-panel.js';
import { PhotoViewer } from './photo-viewer.js';
import { followTheme } from './theme.js';
import { run, say, showProgress, ui } from './ui.js';
import { VideoPlayer } from './video-player.js';
import { Viewer } from './viewer.js';

const log = new FrameLog();
const people = new PeoplePanel(galleryChanged);
const facePanel = new FacePanel((id) => people.portraitOf(id), name);
const viewer = new Viewer((face) => facePanel.show(face));
const player = new VideoPlayer(viewer, log);
const photos = new PhotoViewer(viewer, log);

async function galleryChanged(): Promise<void> {
  await people.refresh();
  await photos.identifyAgain();
  await facePanel.refresh();
}

/** Saves who a face is. */
async function name(face: AnalyzedFace, given: string): Promise<void> {
  const { id: personId, name, faces } = await engine.enroll(given, face.id);
  say(`${name} is saved on this device, with ${faces} ${faces === 1 ? 'face' : 'faces'}.`);
  const identity = { kind: 'known', personId, name, score: 1, margin: Infinity } as const;
  player.name(face.id, identity);
  const { current } = viewer;
  if (current !== undefined) {
    const named = current.faces.map((one) => (one.id === face.id ? { ...one, identity } : one));
    viewer.show({ ...current, faces: named });
  }
  await galleryChanged();
}

/** Shows the stage for another kind of source. */
function reset(state: 'empty' | 'video' | 'photo'): void {
  player.close();
  photos.close();
  viewer.clear();
  facePanel.hide();
  ui.error.hidden = true;
  ui.stage.dataset.state = state === 'empty' ? 'empty' : 'open';
  ui.empty.hidden = state !== 'empty';
  ui.picture.hidden = ui.stop.hidden = state === 'empty';
  ui.video.hidden = ui.transport.hidden = state !== 'video';
  ui.photo.hidden = ui.strip.hidden = state !== 'photo';
}

async function openFiles(files: readonly File[]): Promise<void> {
  const video = files.find(({ type }) => type.startsWith('video/'));
  const pictures = files.filter(({ type }) => type.startsWith('image/'));
  if (video !== undefined) {
    reset('video');
    await player.open(video);
  } else if (pictures.length > 0) {
    reset('photo');
    await photos.open(pictures);
  } else if (files.length > 0) {
    throw new Error('These are neither videos nor photos that a browser can open.');
  }
}

ui.open.onclick = () => ui.files.click();
ui.files.onchange = () => {
  const files = [...(ui.files.files ?? [])];
  ui.files.value = '';
  run(() => openFiles(files));
};
ui.webcam.onclick = () => {
  reset('video');
  run(() => player.openWebcam());
};
ui.stop.onclick = () => {
  reset('empty');
  say('Ready.');
};

ui.exportGallery.onclick = () =>
  run(async () =>
    download('people.json', new Blob([await engine.exportGallery()], { type: 'application/json' })),
  );
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
  if (log.forgotten > 0)
    say(`The file lacks the first ${log.forgotten} frames, which were too many to keep.`);
  download('faces.jsonl', log.toBlob());
};

acceptDrops(ui.stage, (files) => {
  if (!ui.open.disabled) run(() => openFiles(files));
});
followTheme(ui.theme);

function providerAsked(): NonNullable<FaceEngineOptions['provider']> {
  const asked = new URLSearchParams(location.search).get('provider');
  return asked === 'wasm' || asked === 'webgpu' ? asked : 'auto';
}

async function start(): Promise<void> {
  const bytes = Object.values(DEFAULT_CHAIN).reduce((sum, card) => sum + (card.bytes ?? 0), 0);
  const fetched = new Map<string, number>();
  const info = await engine.open(
    {
      cards: DEFAULT_CHAIN,
      modelBase: new URL('models/', document.baseURI).href,
      wasmBase: new URL('ort/', document.baseURI).href,
      provider: providerAsked(),
    },
    (model, received) => {
      fetched.set(model, received);
      const part = [...fetched.values()].reduce((sum, count) => sum + count, 0) / bytes;
      showProgress(part);
      say(`Loading the models: ${Math.round(100 * part)} % of ${(bytes / 1e6).toFixed(0)} MB`);
    },
  );
  const providers = [
    ...new Set(info.models.map(({ provider }) => (provider === 'webgpu' ? 'WebGPU' : 'WASM'))),
  ];
  const threads = info.threads === 1 ? 'one thread' : `${info.threads} threads`;
  ui.engine.textContent = `Runs on ${providers.join(' and ')} with ${threads}. A name is given from a similarity of ${Math.round(100 * info.threshold)} %.`;
  for (const button of [ui.open, ui.webcam, ui.exportGallery, ui.importGallery]) button.disabled = false;
  await people.refresh();
  showProgress(undefined);
  say('Ready.');
}

run(start);
// The service worker keeps the page for when there is no network; the development server has none.
if ('serviceWorker' in navigator && !import.meta.url.includes('/src/')) {
  navigator.serviceWorker.register(new URL('sw.js', document.baseURI)).catch(() => undefined);
}
