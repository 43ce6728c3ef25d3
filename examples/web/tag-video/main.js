// Boxes and names over a playing video, by the parts: an engine in a worker, a follower, a canvas.
import { CanvasOverlay, followVideo, labelOf, openFaceEngine } from '/fr-stream/face-tagger.js';

const [input, video, canvas, output] = ['input', 'video', 'canvas', 'output'].map((tag) =>
  document.querySelector(tag),
);
const { engine } = await openFaceEngine();
const overlay = new CanvasOverlay(canvas);
followVideo(video, engine, {
  source: 'video',
  onFrame: (frame) => {
    overlay.show(frame);
    output.value = frame.faces.map(labelOf).join(', ');
  },
  onError: console.error,
});
input.onchange = async () => {
  video.src = URL.createObjectURL(input.files[0]);
  await video.play();
};
document.body.dataset.ready = '';
