// A click on a face asks for its name. Names are kept in IndexedDB, under the name of the gallery.
import '/fr-stream/face-tagger.js';

const tagger = document.querySelector('face-tagger');
const list = document.querySelector('ul');

async function showPeople() {
  const people = await tagger.engine.people();
  list.replaceChildren(
    ...people.map(({ name, faces, shots: [shot] }) => {
      const [item, picture] = [document.createElement('li'), document.createElement('img')];
      if (shot) picture.src = URL.createObjectURL(shot);
      picture.alt = '';
      picture.width = 48;
      item.append(picture, ` ${name} (${faces})`);
      return item;
    }),
  );
}
tagger.addEventListener('ready', showPeople);
tagger.addEventListener('face-click', async ({ detail: face }) => {
  const name = prompt('Who is it?', face.identity.name ?? '');
  if (!name) return;
  await tagger.name(face.id, name);
  await showPeople();
});
document.querySelector('input').onchange = ({ target }) => {
  tagger.srcObject = target.files[0];
};
