// Goes through every frame of a file, faster than it plays, and writes what the command line writes.
import { FrameLog, openFaceEngine } from '/fr-stream/face-tagger.js';

const [input, progress, output, link] = ['input', 'progress', 'output', 'a'].map((tag) =>
  document.querySelector(tag),
);
const { engine } = await openFaceEngine();
input.disabled = false;

input.onchange = async () => {
  const [file] = input.files;
  const log = new FrameLog();
  const frames = await engine.scan(file, file.name, (frame) => {
    log.add({ frame: { ...frame, image: frame }, faces: frame.faces });
    output.value = `${(frame.timeMs / 1000).toFixed(1)} s`;
    return true;
  });
  progress.value = 1;
  output.value = `${frames} frames, ${log.size} with faces`;
  Object.assign(link, {
    href: URL.createObjectURL(log.toBlob()),
    download: `${file.name}.jsonl`,
    hidden: false,
  });
};
