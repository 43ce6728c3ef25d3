import '@fr-stream/people-ui/people.css';
import { type AnalyzedFace, type FaceAttributes, type FaceEngineOptions } from '@fr-stream/browser';
import { acceptDrops } from './drop.js';
import { download, make } from './dom.js';
import { engine, names } from './engine.js';
import { EventLog } from './event-log.js';
import { Exports } from './exports.js';
import { FacePanel } from './face-panel.js';
import { KeptPanel } from './kept-panel.js';
import { chosenModels, offerModels } from './model-choice.js';
import { PeoplePanel } from './people-panel.js';
import { PHOTOS_KEY, PhotoViewer } from './photo-viewer.js';
import { pickFiles } from './pick-files.js';
import { savePhoto, saveVideo } from './save-picture.js';
import { SourceList, type OpenedSource } from './source-list.js';
import { followTheme } from './theme.js';
import { complain, forgetErrors, run, say, showProgress, ui } from './ui.js';
import { keyOf, VideoPlayer } from './video-player.js';
import { Viewer } from './viewer.js';

const log = new EventLog();
const exports = new Exports(log);
const people = new PeoplePanel(galleryChanged);
const facePanel = new FacePanel((id) => people.portraitOf(id), lookCloser, describe, name, rename);
const viewer = new Viewer((face) => facePanel.show(face));
const player = new VideoPlayer(viewer, log, async () => {
  // Who is in view for long without a name becomes somebody to be named.
  await engine.groupKept();
  await galleryChanged();
  await keepForGood();
});
const photos = new PhotoViewer(viewer, log);
const sources = new SourceList();
const kept = new KeptPanel(galleryChanged);

/** Somebody was named, renamed, merged, forgotten: here, or in another tab. */
async function galleryChanged(): Promise<void> {
  await people.refresh();
  await photos.identifyAgain();
  await player.refresh();
  viewer.refresh();
  await facePanel.refresh();
  await kept.refresh();
}

/** A face that was too small or turned to be embedded is, once somebody points at it. */
async function lookCloser({ id, detection, track }: AnalyzedFace): Promise<void> {
  const shown = await player.snapshot();
  const frame = viewer.current;
  if (shown === undefined || frame === undefined) return;
  const { picture, timeMs, source } = shown;
  const scale = picture.width / frame.width;
  const { x, y, width, height } = track?.box ?? detection.box;
  const box = { x: x * scale, y: y * scale, width: width * scale, height: height * scale };
  await engine.look(id, picture, box, { timeMs, index: 0, source });
}

/** What analysers tell of a face, in the picture that is shown now. */
async function describe(face: AnalyzedFace): Promise<FaceAttributes | undefined> {
  const frame = viewer.current;
  const photo = ui.photo.hidden ? undefined : photos.current;
  const picture =
    photo === undefined
      ? (await player.snapshot())?.picture
      : await engine.picture(photo.file, Math.max(photo.frame.width, photo.frame.height));
  if (picture === undefined || frame === undefined) return undefined;
  // Where it is by now, if it is still there.
  const { track, detection } = frame.faces.find(({ id }) => id === face.id) ?? face;
  const { x, y, width, height } = track?.box ?? detection.box;
  const scale = picture.width / frame.width;
  const box = { x: x * scale, y: y * scale, width: width * scale, height: height * scale };
  return engine.describe(picture, box, ['pose', 'eyes', 'liveness']);
}

/** Saves who a face is. */
async function name(face: AnalyzedFace, given: string): Promise<void> {
  const { id: personId, name, faces } = await engine.enroll(given, face.id);
  say(`${name} is saved on this device, with ${faces} ${faces === 1 ? 'face' : 'faces'}.`);
  const identity = { kind: 'known', personId, name, score: 1, margin: Infinity } as const;
  names.name(face.id, identity);
  player.name(face.id, identity);
  await galleryChanged();
  await keepForGood();
}

/** Gives a person another name, wherever they are seen. */
async function rename(personId: string, given: string): Promise<void> {
  const name = await people.rename(personId, given);
  if (name !== undefined) say(`The name is ${name} now, everywhere.`);
}

/** Shows the stage for another kind of source. */
function reset(state: 'empty' | 'video' | 'photo'): void {
  player.close();
  photos.close();
  viewer.clear();
  facePanel.hide();
  forgetErrors();
  ui.stage.dataset.state = state === 'empty' ? 'empty' : 'open';
  ui.empty.hidden = state !== 'empty';
  ui.picture.hidden = ui.stop.hidden = state === 'empty';
  ui.video.hidden = ui.transport.hidden = state !== 'video';
  ui.photo.hidden = ui.strip.hidden = state !== 'photo';
  ui.savePicture.disabled = state === 'empty';
}

/** Opens whatever it is: people are added, photos looked at together, and each video offered for itself. */
async function openFiles(files: readonly File[]): Promise<void> {
  if (files.length === 0) return;
  const { photos: stills, videos, people: lists, others } = pickFiles(files);
  const opened: OpenedSource[] = [];
  if (stills.length > 0) opened.push(photosOf(stills));
  for (const video of videos)
    opened.push({ key: keyOf(video), name: video.name, open: () => run(() => openVideo(video)) });
  if (opened.length > 0) {
    sources.set(opened);
    reset(stills.length > 0 ? 'photo' : 'video');
  } else forgetErrors();
  for (const { name } of others)
    complain(new Error(`${name} is neither a video nor a photo that a browser can open.`));
  for (const list of lists) await importPeople(list).catch(complain);
  sources.first()?.open();
}

/** Photos as one source, which says how many of them can be read as soon as it is known that not all can. */
function photosOf(files: readonly File[]): OpenedSource {
  const unread = new Set<File>();
  const onUnread = (file: File): void => {
    unread.add(file);
    sources.rename(PHOTOS_KEY, `${files.length - unread.size} of ${files.length} photos`);
  };
  const open = () =>
    run(() =>
      openPhotos(
        files.filter((file) => !unread.has(file)),
        onUnread,
      ),
    );
  return { key: PHOTOS_KEY, name: `${files.length} ${files.length === 1 ? 'photo' : 'photos'}`, open };
}

async function openVideo(file: File): Promise<void> {
  const errors = [...ui.errors.children];
  reset('video');
  keepErrors(errors);
  sources.show(keyOf(file));
  await player.open(file);
}

async function openPhotos(files: readonly File[], onUnread: (file: File) => void): Promise<void> {
  const errors = [...ui.errors.children];
  reset('photo');
  keepErrors(errors);
  sources.show(PHOTOS_KEY);
  if ((await photos.open(files, onUnread)) > 0) {
    await people.refresh();
    await kept.refresh();
  }
  exports.update(PHOTOS_KEY);
  await keepForGood();
}

/** What was wrong with some files of a batch is still to be read. */
function keepErrors(errors: readonly Element[]): void {
  ui.errors.append(...errors);
  ui.error.hidden = ui.errors.childElementCount === 0;
}

ui.open.onclick = () => ui.files.click();
ui.folder.onclick = () => ui.folderFiles.click();
for (const input of [ui.files, ui.folderFiles]) {
  input.onchange = () => {
    const files = [...(input.files ?? [])];
    input.value = '';
    run(() => openFiles(files));
  };
}
ui.webcam.onclick = () => openWebcam(undefined);
ui.camera.onchange = () => openWebcam(ui.camera.value);
function openWebcam(camera: string | undefined): void {
  sources.set([]);
  reset('video');
  run(async () => {
    await player.openWebcam(camera);
    await listCameras(camera);
  });
}

/** Browsers tell the names of cameras once one is in use. */
async function listCameras(current: string | undefined): Promise<void> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const cameras = devices.filter(({ kind, deviceId }) => kind === 'videoinput' && deviceId !== '');
  ui.camera.replaceChildren(
    ...cameras.map(({ deviceId, label }, i) =>
      make('option', { value: deviceId }, label === '' ? `Camera ${i + 1}` : label),
    ),
  );
  if (current !== undefined) ui.camera.value = current;
  ui.camera.hidden = cameras.length < 2;
}

ui.stop.onclick = () => {
  sources.set([]);
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
  if (file !== undefined) run(() => importPeople(file));
};
async function importPeople(file: File): Promise<void> {
  const count = await engine.importGallery(await file.text());
  say(`${count} ${count === 1 ? 'person' : 'people'} imported.`);
  await galleryChanged();
}

ui.savePicture.onclick = () =>
  run(async () => {
    const hide = ui.hide.value === 'all' || ui.hide.value === 'unknown' ? ui.hide.value : 'none';
    const photo = photos.current;
    if (photo !== undefined && !ui.photo.hidden) return savePhoto(photo.file, photo.frame, hide);
    const { scanned } = player;
    if (scanned === undefined)
      throw new Error('Go through the whole video first (Scan all of it): every frame of it is needed.');
    return saveVideo(scanned.file, (timeMs) => scanned.replay.at(timeMs), hide);
  });

ui.threshold.oninput = () => {
  ui.thresholdValue.value = `${ui.threshold.value} %`;
};
ui.threshold.onchange = () =>
  run(async () => {
    await engine.setThreshold(Number(ui.threshold.value) / 100);
    player.lookAgain();
    await galleryChanged();
  });

acceptDrops(
  ui.stage,
  (files) => {
    if (!ui.open.disabled) run(() => openFiles(files));
  },
  complain,
);
followTheme(ui.theme);

function providerAsked(): NonNullable<FaceEngineOptions['provider']> {
  const asked = new URLSearchParams(location.search).get('provider');
  return asked === 'wasm' || asked === 'webgpu' ? asked : 'auto';
}

/** Browsers clear what pages keep when disks fill up, unless they are asked not to. */
async function keepForGood(): Promise<void> {
  const storage = navigator.storage as StorageManager | undefined;
  if (storage === undefined || forgetful) return;
  const persisted = (await storage.persisted()) || (await storage.persist());
  const { usage = 0 } = await storage.estimate();
  const size = `${(usage / 1e6).toFixed(0)} MB are kept on this device`;
  ui.kept.textContent = persisted ? `${size}.` : `${size}; the browser may clear them when disks fill up.`;
}
let forgetful = false;

async function start(): Promise<void> {
  const fetched = new Map<string, readonly [received: number, total: number]>();
  const { offered, choice } = await chosenModels();
  const info = await engine.open(
    {
      ...choice,
      modelBase: new URL('models/', document.baseURI).href,
      wasmBase: new URL('ort/', document.baseURI).href,
      provider: providerAsked(),
    },
    (model, received, total) => {
      if (!ui.open.disabled) return;
      fetched.set(model, [received, total]);
      const all = [...fetched.values()];
      const bytes = all.reduce((sum, [, count]) => sum + count, 0);
      const part = all.reduce((sum, [count]) => sum + count, 0) / bytes;
      showProgress(part);
      say(`Loading the models: ${Math.round(100 * part)} % of ${(bytes / 1e6).toFixed(0)} MB`);
    },
  );
  offerModels(
    ui,
    offered,
    info.models.map(({ id }) => id),
  );
  const providers = [
    ...new Set(info.models.map(({ provider }) => (provider === 'webgpu' ? 'WebGPU' : 'WASM'))),
  ];
  const threads = info.threads === 1 ? 'one thread' : `${info.threads} threads`;
  ui.engine.textContent = `Runs on ${providers.join(' and ')} with ${threads}.`;
  ui.threshold.value = String(Math.round(100 * info.threshold));
  ui.thresholdValue.value = `${ui.threshold.value} %`;
  if (info.forgetful !== undefined) {
    forgetful = true;
    ui.notice.textContent = `This browser keeps nothing for this page: names and faces are gone when it is closed. Export people before you leave.`;
    ui.notice.title = info.forgetful;
    ui.notice.hidden = false;
  }
  for (const button of [ui.open, ui.folder, ui.webcam, ui.exportGallery, ui.importGallery, ui.threshold])
    button.disabled = false;
  people.open();
  await people.refresh();
  await kept.refresh();
  await engine.follow(() => run(galleryChanged));
  setInterval(() => exports.update(), 1000);
  showProgress(undefined);
  say('Ready.');
}

run(start);
