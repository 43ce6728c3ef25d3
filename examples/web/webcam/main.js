// The element needs no more than src="webcam"; its events say who comes and who goes.
import '/fr-stream/face-tagger.js';

const tagger = document.querySelector('face-tagger');
const list = document.querySelector('ol');

for (const [type, word] of [
  ['enter', 'came'],
  ['leave', 'went'],
]) {
  tagger.addEventListener(type, ({ detail: { name } }) => {
    const line = document.createElement('li');
    line.textContent = `${new Date().toLocaleTimeString()} ${name} ${word}`;
    list.append(line);
  });
}
document.querySelector('button').onclick = () => {
  tagger.src = 'webcam';
};
