/** Names the faces of a playing video, and learns new ones by a click. Nothing leaves the browser. */
import { fromSource, Gallery, LatestOnly, runPipeline } from '@fr-stream/core';
import { CanvasOverlay, IdbGalleryStore, VideoElementFrames, WebRuntime } from '@fr-stream/backend-web';
import { createEngine, openVideo } from '@fr-stream/engine';

const [input] = document.getElementsByTagName('input');
const [video] = document.getElementsByTagName('video');
const [canvas] = document.getElementsByTagName('canvas');

const engine = await createEngine({}, await WebRuntime.open());
const people = await IdbGalleryStore.open();
const gallery = await Gallery.open(people, { createId: () => crypto.randomUUID() });
const overlay = new CanvasOverlay(canvas);

input.onchange = async () => {
  video.src = URL.createObjectURL(input.files?.[0] ?? new Blob());
  await video.play();
  const frames = new LatestOnly(new VideoElementFrames(video));
  const { operator, inFlight } = await openVideo(engine, gallery, { live: true, tracker: 'none' });
  const named = fromSource(frames, { inFlight }).pipe(operator);
  console.log(await runPipeline(named, [overlay]));
};

canvas.onclick = async ({ offsetX, offsetY }) => {
  const face = overlay.faceAt(offsetX, offsetY);
  const name = face?.embedding && prompt('Who is it?');
  if (!name) return;
  await gallery.enroll(name, [{ embedding: face.embedding, source: 'video', quality: 1 }]);
};
