import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { FaceOutline, LibraryFace, PhotoLibrary, PhotoRecord, VectorIndex } from '@fr-stream/core';
import { nearestFaces } from '../nearest.js';
import type { CutoutSeal } from '../../output/output-folder.js';
import type { PhotoCodec } from '../search-photo.js';
import { chooseFaces } from './choose-faces.js';
import { facePictures, photoPictures } from './report-pictures.js';
import { shownPhotos, type ShownPhoto } from './shown-photos.js';

export interface ReportPerson {
  readonly id: string;
  readonly name: string;
  readonly named: boolean;
}

export interface HtmlReportSet {
  /** In the order of `PhotoLibrary.outline()`. */
  readonly faces: readonly FaceOutline[];
  readonly photos: readonly PhotoRecord[];
  /** Where more of a face is looked up. */
  readonly library: Pick<PhotoLibrary, 'face' | 'vectors'>;
  /** Holds the faces under their ids; of others that it holds the report knows nothing. */
  readonly index: VectorIndex;
  /** Where the cut-outs lie. */
  readonly folder: string;
  /** Of cut-outs that are sealed. */
  readonly seal?: CutoutSeal;
  readonly codec: PhotoCodec;
  readonly personOf: (face: FaceOutline) => ReportPerson | undefined;
}

export interface HtmlReportOptions {
  /** Neighbours per face, itself not counted. Default 5. */
  readonly neighbours?: number;
  /** Euclidean distance up to which two faces are marked as alike. Default 0: none. */
  readonly sameDistance?: number;
  /** Faces in the page at most: of larger sets the best of each person. Default 2000, some 5 kB each. */
  readonly mostFaces?: number;
  /** Photos whose picture is in the page at most. Default 400, some 25 kB each (50 kB where they are few). */
  readonly mostPhotos?: number;
}

const assets = new URL('../../../assets/report/', import.meta.url);

/** Few photos are shown larger. */
const photoSide = (photos: number): number => (photos <= 100 ? 960 : 560);

/**
 * One self-contained page of a photo set: faces by person, their nearest ones, photos with boxes, search and sort. It
 * loads nothing, says so in its content security policy, and its size is bounded by the options. The same set gives
 * the same bytes.
 */
export async function* htmlReport(
  set: HtmlReportSet,
  { neighbours = 5, sameDistance = 0, mostFaces = 2000, mostPhotos = 400 }: HtmlReportOptions = {},
): AsyncGenerator<string> {
  const { faces, index, library, codec, folder, seal } = set;
  const people = peopleOf(faces, set.personOf);
  const shown = chooseFaces(faces, set.personOf, mostFaces);
  const photos = shownPhotos(shown, set.photos);
  const [style, script] = await Promise.all([asset('page.css'), asset('page.js')]);
  yield head(style, script);
  yield body(set, people.size, shown.length);
  yield `<script type="application/json" id="data">{"sameDistance":${sameDistance.toFixed(4)},\n`;
  // Names may need quoting in a shell: whoever has one is told by id.
  const listed = [...people.values()].map(({ id, name, named, faces: count }) => {
    return { name, named, faces: count, ref: named ? id : name };
  });
  yield `"people":${json(listed)},\n`;
  yield `"photos":${json(photos.list.map(({ name, folder: where, width, height }) => ({ name, folder: where, width, height })))},\n"faces":[\n`;
  const placeOf = new Map(shown.map((face, place) => [face.id, place]));
  const rankOf = new Map([...people.keys()].map((id, rank) => [id, rank]));
  const byId = new Map(faces.map((face) => [face.id, face]));
  const known = (await index.count()) > byId.size ? { filter: { ids: [...byId.keys()] } } : undefined;
  const title = (id: string): string => {
    const face = byId.get(id);
    const parts = face === undefined ? [] : [set.personOf(face)?.name, photos.nameOf(face.hash)];
    return parts.filter((part) => part !== undefined).join(', ');
  };
  for (const [place, outline] of shown.entries()) {
    const face = await library.face(outline.id);
    // One more than wanted: the nearest of all is the face itself.
    const near =
      face === undefined
        ? []
        : (await nearestFaces(index, library, face.embedding.vector, neighbours + 1, known))
            .filter(({ id }) => id !== outline.id)
            .slice(0, neighbours);
    const photo = photos.list[photos.placeOf(outline.hash)];
    const line = {
      id: outline.id,
      ...(outline.label !== undefined && { label: outline.label }),
      photo: photos.placeOf(outline.hash),
      person: rankOf.get(set.personOf(outline)?.id ?? '') ?? -1,
      box: photo === undefined || face === undefined ? [0, 0, 0, 0] : sharesOf(face, photo),
      quality: Number(outline.quality.toFixed(3)),
      size: Math.round(face?.quality.size ?? 0),
      near: near.map(({ id, distance }) => ({
        face: placeOf.get(id) ?? -1,
        distance: Number(distance.toFixed(3)),
        name: title(id),
      })),
    };
    yield `${place === 0 ? '' : ',\n'}${json(line)}`;
  }
  yield `\n]}</script>\n<script type="application/json" id="face-pictures">[`;
  let separator = '\n';
  for await (const picture of facePictures(shown, folder, codec, seal)) {
    yield `${separator}"${picture}"`;
    separator = ',\n';
  }
  yield `\n]</script>\n<script type="application/json" id="photo-pictures">{`;
  separator = '\n';
  const pictured = photos.list.slice(0, mostPhotos);
  const photoPlace = new Map(pictured.map(({ path }, place) => [path, place]));
  for await (const [path, picture] of photoPictures(
    [...photoPlace.keys()],
    codec,
    photoSide(pictured.length),
  )) {
    yield `${separator}"${photoPlace.get(path) ?? -1}":"${picture}"`;
    separator = ',\n';
  }
  yield `\n}</script>\n<script>${script}</script>\n</body>\n</html>\n`;
}

function peopleOf(
  faces: readonly FaceOutline[],
  personOf: HtmlReportSet['personOf'],
): ReadonlyMap<string, ReportPerson & { readonly faces: number }> {
  const people = new Map<string, ReportPerson & { faces: number }>();
  for (const face of faces) {
    const person = personOf(face);
    if (person === undefined) continue;
    const entry = people.get(person.id);
    if (entry === undefined) people.set(person.id, { ...person, faces: 1 });
    else entry.faces++;
  }
  const sorted = [...people].sort(
    ([, a], [, b]) =>
      Number(b.named) - Number(a.named) || a.name.localeCompare(b.name, 'en', { numeric: true }),
  );
  return new Map(sorted);
}

/** Left, top, width, height in shares of the photo, cut at its edges. */
function sharesOf({ detection: { box } }: LibraryFace, { width, height }: ShownPhoto): readonly number[] {
  const [left, right] = [clamp(box.x / width), clamp((box.x + box.width) / width)];
  const [top, bottom] = [clamp(box.y / height), clamp((box.y + box.height) / height)];
  return [left, top, right - left, bottom - top].map((share) => Number(share.toFixed(4)));
}

function clamp(share: number): number {
  return Math.min(Math.max(share, 0), 1);
}

/** JSON that may stand in a script element. */
function json(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

async function asset(name: string): Promise<string> {
  return (await readFile(new URL(name, assets), 'utf8')).trimEnd();
}

function sourceHash(source: string): string {
  return `'sha256-${createHash('sha256').update(source).digest('base64')}'`;
}

function head(style: string, script: string): string {
  // Style attributes place the boxes, which a hash cannot allow.
  const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src ${sourceHash(script)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="fr-stream">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>Faces</title>
<style>${style}</style>
</head>
`;
}

function body(set: HtmlReportSet, people: number, shown: number): string {
  const all = set.faces.length;
  const count = (number: number, one: string, many: string): string =>
    `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
  const facts = [
    count(set.photos.length, 'photo', 'photos'),
    count(all, 'face', 'faces'),
    ...(people > 0 ? [count(people, 'person', 'people')] : []),
    ...(shown < all ? [`the best ${shown.toLocaleString('en')} faces are shown`] : []),
  ];
  return `<body>
<header class="wrap top"><h1>Faces</h1><p class="facts">${facts.join(' · ')}</p></header>
<nav class="bar" aria-label="What is shown"><div class="wrap">
<div class="views" role="group" aria-label="View"><button id="people" aria-pressed="true">People</button><button id="photos" aria-pressed="false">Photos</button></div>
<input id="search" type="search" placeholder="Name or file" aria-label="Search by name or file">
<label>Sort <select id="sort"><option value="faces">most faces</option><option value="name">name and file</option><option value="quality">best quality</option><option value="alone">farthest from others</option></select></label>
<label>Quality from <input id="quality" type="range" min="0" max="100" step="5" value="0"><output id="least" for="quality">0 %</output></label>
<button id="theme" class="theme" aria-label="Light or dark">◐</button>
</div></nav>
<main class="wrap"><p id="shown" class="shown" role="status"></p><div id="content"><noscript>This page needs JavaScript; the Markdown report does not.</noscript></div></main>
<footer class="wrap">Distances are Euclidean, between embeddings of unit length: 0 for the same picture, about 1.4 for strangers. Made by fr-stream; this file loads nothing.</footer>
<dialog id="face" aria-labelledby="face-title"></dialog>
`;
}
