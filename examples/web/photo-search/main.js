// Looks at photos, each once: what is found is kept, and remembered when the same photo comes again.
import { openFaceEngine } from '/fr-stream/face-tagger.js';

const [input, faces, output] = ['input', '#faces', 'output'].map((which) => document.querySelector(which));
const { engine } = await openFaceEngine();
input.disabled = false;

input.onchange = async () => {
  await engine.begin('photos');
  for (const [index, file] of [...input.files].entries()) {
    // A file that is no photo is told of; the others go on.
    const photo = await engine.openPhoto(file, { source: file.name, index, timeMs: 0 }).catch(console.error);
    for (const face of photo?.faces ?? []) faces.append(button(face, file.name));
  }
};

function button({ id, picture }, source) {
  const made = document.createElement('button');
  const image = document.createElement('img');
  Object.assign(image, { src: picture ? URL.createObjectURL(picture) : '', alt: source, width: 80 });
  made.append(image);
  made.onclick = async () => {
    const alike = await engine.similarity(id, 20);
    // From a cosine similarity of 0.4 on, two faces are likely one person's.
    const same = alike.faces.filter(({ score }) => score >= 0.4).map(({ face }) => face.source);
    output.value = [...new Set([source, ...same])].join(', ');
  };
  return made;
}
