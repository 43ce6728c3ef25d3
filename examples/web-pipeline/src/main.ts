/** Names the faces of a playing video, and learns new ones by a click. Nothing leaves the browser. */
import { alignFaces, detectFaces, embedFaces, fromSource, identify } from '@fr-stream/core';
import { Gallery, LatestOnly, runPipeline, type EmbeddedFace } from '@fr-stream/core';
import { CanvasOverlay, IdbGalleryStore, loadChain, OnnxWebBackend } from '@fr-stream/backend-web';
import { VideoElementFrames, WebModelStore } from '@fr-stream/backend-web';
import { DEFAULT_CHAIN } from '@fr-stream/models';

const [input] = document.getElementsByTagName('input');
const [video] = document.getElementsByTagName('video');
const [canvas] = document.getElementsByTagName('canvas');

const backend = new OnnxWebBackend();
const { detector, aligner, embedder } = await loadChain(backend, new WebModelStore(), DEFAULT_CHAIN);
const people = await IdbGalleryStore.open();
const gallery = await Gallery.open(people, { createId: () => crypto.randomUUID() });
const overlay = new CanvasOverlay<EmbeddedFace>(canvas);

input.onchange = async () => {
  video.src = URL.createObjectURL(input.files?.[0] ?? new Blob());
  await video.play();
  const frames = new LatestOnly(new VideoElementFrames(video));
  const named = fromSource(frames, { inFlight: 2 }).pipe(
    detectFaces(detector),
    alignFaces(aligner),
    embedFaces(embedder),
    identify(gallery, { threshold: embedder.threshold }),
  );
  console.log(await runPipeline(named, [overlay]));
};

canvas.onclick = async ({ offsetX, offsetY }) => {
  const face = overlay.faceAt(offsetX, offsetY);
  const name = face && prompt('Who is it?');
  if (!name) return;
  await gallery.enroll(name, [{ embedding: face.embedding, source: 'video', quality: 1 }]);
};
