// @ts-check
/**
 * The report's page: builds people, photos and the dialog of one face from the data in the file itself. Nothing is
 * fetched. Names and paths become text nodes only.
 *
 * @typedef {{ name: string, named: boolean, faces: number, ref: string }} Person ref: what commands take for them
 * @typedef {{ name: string, folder: string, width: number, height: number }} Photo
 * @typedef {object} Face
 * @property {string} id what commands take for it
 * @property {string} [label] of nobody's, which commands take as well
 * @property {number} photo
 * @property {number} person -1 for nobody
 * @property {number[]} box left, top, width, height in shares of the photo
 * @property {number} quality 0..1
 * @property {number} size shorter side in pixels
 * @property {{ face: number, distance: number, name: string }[]} near face is -1 where it has no picture here
 * @typedef {{ sameDistance: number, people: Person[], photos: Photo[], faces: Face[] }} Data
 */

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);
/** @type {Data} */
const data = JSON.parse(byId('data').textContent);
/** @type {string[]} */
const facePictures = JSON.parse(byId('face-pictures').textContent);
/** @type {Record<string, string>} */
const photoPictures = JSON.parse(byId('photo-pictures').textContent);

/**
 * @param {string} tag
 * @param {Record<string, unknown>} [properties]
 * @param {(Node | string)[]} children
 * @returns {HTMLElement}
 */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('aria-') || name === 'style') element.setAttribute(name, String(value));
    else Reflect.set(element, name, value);
  }
  element.append(...children);
  return element;
}

/** @param {number} index */
const nameOf = (index) =>
  data.people[data.faces[index].person]?.name ?? data.faces[index].label ?? 'nobody yet';
/** @param {string | undefined} bytes @param {string} alt @param {string} className */
function picture(bytes, alt, className) {
  if (!bytes) return make('span', { className, role: 'img', 'aria-label': alt });
  return make('img', { className, alt, decoding: 'async', src: `data:image/webp;base64,${bytes}` });
}

/** @param {number} index */
function faceButton(index) {
  const face = data.faces[index];
  const label = `${nameOf(index)}, ${data.photos[face.photo].name}`;
  return make(
    'button',
    { className: 'face', title: `${label}\nface ${face.id}`, onclick: () => open(index) },
    picture(facePictures[index], label, 'pic'),
  );
}

/** The photo with a button over each face. @param {number} photo @param {number} current */
function stage(photo, current) {
  const { name, width, height } = data.photos[photo];
  const bytes = photoPictures[photo];
  const content = bytes
    ? make('img', { alt: name, src: `data:image/webp;base64,${bytes}`, width, height, decoding: 'async' })
    : make(
        'div',
        { className: 'gone', style: `aspect-ratio: ${width} / ${height}` },
        'No picture of this photo here',
      );
  const boxes = (facesOfPhoto.get(photo) ?? []).map((index) => {
    const [left, top, wide, high] = data.faces[index].box.map((share) => `${(share * 100).toFixed(2)}%`);
    return make('button', {
      title: nameOf(index),
      'aria-label': `${nameOf(index)}: show this face`,
      'aria-current': String(index === current),
      style: `left:${left};top:${top};width:${wide};height:${high}`,
      onclick: () => open(index),
    });
  });
  const inner = make('div', { style: `position:relative;--aspect:${width / height}` }, content, ...boxes);
  return make('div', { className: 'stage' }, inner);
}

/** @type {Map<number, number[]>} */
const facesOfPhoto = new Map();
data.faces.forEach(({ photo }, index) => {
  facesOfPhoto.set(photo, [...(facesOfPhoto.get(photo) ?? []), index]);
});

const controls = { search: byId('search'), sort: byId('sort'), quality: byId('quality') };
let view = 'people';
/** Faces in the order in which they are shown, for the steps. @type {number[]} */
let order = [];

/** The faces that pass the filter. */
function wanted() {
  const words = controls.search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const least = Number(controls.quality.value) / 100;
  return data.faces.flatMap((face, index) => {
    const { name, folder } = data.photos[face.photo];
    const ref = data.people[face.person]?.ref ?? '';
    const text = `${nameOf(index)} ${folder}/${name} ${face.id} ${ref}`.toLowerCase();
    return face.quality >= least && words.every((word) => text.includes(word)) ? [index] : [];
  });
}

/** @type {Record<string, (a: number, b: number) => number>} */
const faceOrders = {
  quality: (a, b) => data.faces[b].quality - data.faces[a].quality,
  name: (a, b) => data.faces[a].photo - data.faces[b].photo,
  faces: (a, b) => data.faces[b].quality - data.faces[a].quality,
  alone: (a, b) => nearest(b) - nearest(a),
};
/** @param {number} index */
const nearest = (index) => data.faces[index].near[0]?.distance ?? 2;

/** What can be done about faces that are nobody's. */
function notGrouped() {
  if (data.people.length > 0)
    return 'Like nobody else, too poor, or not looked at yet: “fr-stream cluster” groups new ones.';
  return 'Nobody has been told apart yet. “fr-stream cluster” groups the faces into people, “fr-stream report” then shows them.';
}

/** @param {number[]} faces */
function peopleView(faces) {
  /** @type {Map<number, number[]>} */
  const groups = new Map();
  for (const index of faces) {
    const { person } = data.faces[index];
    groups.set(person, [...(groups.get(person) ?? []), index]);
  }
  const sort = controls.sort.value;
  const sorted = [...groups].sort(([a, inA], [b, inB]) => {
    if (a < 0 || b < 0) return Number(a < 0) - Number(b < 0);
    // By number of people: the file lists the named first, each by name.
    return sort === 'faces' ? inB.length - inA.length || a - b : a - b;
  });
  const sections = sorted.map(([person, members]) => {
    members.sort((a, b) => faceOrders[sort](a, b) || a - b);
    order.push(...members);
    const known = data.people[person];
    const all = known?.faces ?? members.length;
    const count = `${members.length}${all > members.length ? ` of ${all}` : ''} ${all === 1 ? 'face' : 'faces'}`;
    const kind = `${known ? '' : ' nobody'}${members.length > 2 ? ' many' : ''}`;
    return make(
      'section',
      { className: `person${kind}` },
      make('h2', {}, known?.name ?? 'Not grouped', make('span', {}, count)),
      ...(known ? [] : [make('p', { className: 'hint' }, notGrouped())]),
      make('ul', { className: 'faces' }, ...members.map((index) => make('li', {}, faceButton(index)))),
    );
  });
  return [make('div', { className: 'people' }, ...sections)];
}

/** @param {number[]} faces */
function photosView(faces) {
  const photos = [...new Set(faces.map((index) => data.faces[index].photo))];
  photos.sort((a, b) =>
    controls.sort.value === 'faces'
      ? (facesOfPhoto.get(b)?.length ?? 0) - (facesOfPhoto.get(a)?.length ?? 0) || a - b
      : a - b,
  );
  const cards = photos.map((photo) => {
    order.push(...(facesOfPhoto.get(photo) ?? []));
    const { name, folder, width, height } = data.photos[photo];
    const caption = make('figcaption', { title: name }, name, make('br'), make('small', {}, folder));
    return make(
      'figure',
      { className: 'photo', style: `--aspect:${width / height}` },
      stage(photo, -1),
      caption,
    );
  });
  return [make('div', { className: 'gallery' }, ...cards)];
}

function show() {
  byId('least').textContent = `${controls.quality.value} %`;
  const faces = wanted();
  order = [];
  byId('content').replaceChildren(...(view === 'people' ? peopleView(faces) : photosView(faces)));
  const photos = new Set(faces.map((index) => data.faces[index].photo)).size;
  byId('shown').textContent =
    faces.length === 0
      ? 'No face fits. Clear the search or lower the quality.'
      : `${faces.length} ${faces.length === 1 ? 'face' : 'faces'} in ${photos} ${photos === 1 ? 'photo' : 'photos'}`;
}

const dialog = byId('face');
let current = -1;

/** What commands take, to be copied. @param {string} what @param {string} ref */
function reference(what, ref) {
  const code = make('code', {}, ref);
  const copy = make('button', { 'aria-label': `Copy ${ref}` }, 'Copy');
  copy.addEventListener('click', () => {
    // Where the clipboard is not to be had, or is asked about, the text is selected at least.
    getSelection()?.selectAllChildren(code);
    copy.textContent = 'Selected';
    navigator.clipboard?.writeText(ref).then(
      () => (copy.textContent = 'Copied'),
      () => undefined,
    );
  });
  return [make('dt', {}, what), make('dd', {}, code, copy)];
}

/** @param {number} index */
function references(index) {
  const { id, label, person } = data.faces[index];
  const who = data.people[person]?.ref ?? label;
  return make(
    'dl',
    { className: 'refs' },
    ...(who ? reference('Person', who) : []),
    ...reference('Face', id),
  );
}

/** @param {number} index */
function open(index) {
  current = index;
  const { photo, near, quality, size } = data.faces[index];
  const { name, folder } = data.photos[photo];
  const neighbours = near.map(({ face, distance, name: of }) => {
    const text = make(
      'span',
      { className: 'text' },
      make('b', {}, distance.toFixed(2)),
      ...(distance <= data.sameDistance ? [make('span', { className: 'tag' }, 'alike')] : []),
      make('small', {}, of),
    );
    const content = [picture(facePictures[face], of, 'pic'), text];
    const item =
      face < 0
        ? make('div', { className: 'face' }, ...content)
        : make('button', { className: 'face', onclick: () => open(face) }, ...content);
    return make('li', {}, item);
  });
  const about = make(
    'div',
    { className: 'about' },
    make('button', { className: 'close', 'aria-label': 'Close', onclick: () => dialog.close() }, '✕'),
    make('h2', { id: 'face-title' }, nameOf(index)),
    make('p', {}, `${folder === '' ? '' : `${folder}/`}${name}`),
    make('p', {}, `Quality ${Math.round(quality * 100)} %, ${size} pixels`),
    make('h3', {}, 'In commands'),
    references(index),
    make('h3', {}, 'Nearest faces'),
    make('ol', { className: 'near' }, ...neighbours),
    make(
      'div',
      { className: 'steps' },
      make('button', { onclick: () => step(-1) }, '← Previous'),
      make('button', { onclick: () => step(1) }, 'Next →'),
    ),
  );
  dialog.replaceChildren(make('div', { className: 'sheet' }, stage(photo, index), about));
  dialog.scrollTop = 0;
  if (!dialog.open) dialog.showModal();
}

/** @param {number} by */
function step(by) {
  const at = order.indexOf(current);
  const next = order[(at + by + order.length) % order.length];
  if (next !== undefined) open(next);
}

dialog.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
  if (event.key === 'ArrowLeft') step(-1);
  if (event.key === 'ArrowRight') step(1);
});
dialog.addEventListener('click', (/** @type {MouseEvent} */ event) => {
  if (event.target === dialog) dialog.close();
});
for (const control of Object.values(controls)) control.addEventListener('input', show);
for (const button of document.querySelectorAll('.views button')) {
  button.addEventListener('click', () => {
    view = button.id;
    for (const other of document.querySelectorAll('.views button')) {
      other.setAttribute('aria-pressed', String(other === button));
    }
    show();
  });
}
const dark = matchMedia('(prefers-color-scheme: dark)');
const paint = () => (document.documentElement.dataset['theme'] = dark.matches ? 'dark' : 'light');
dark.addEventListener('change', paint);
paint();
byId('theme').addEventListener('click', () => {
  const { dataset } = document.documentElement;
  dataset['theme'] = dataset['theme'] === 'dark' ? 'light' : 'dark';
});
show();
