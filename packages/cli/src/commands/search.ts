import { collected, GalleryError, itemAt } from '@fr-stream/core';
import { ACCURATE_EMBEDDER } from '@fr-stream/models';
import { knownPath, timecode } from '@fr-stream/stream';
import { createEngine } from '../compose/engine.js';
import { facesOfPhoto } from '@fr-stream/engine';
import { judge } from '@fr-stream/engine';
import { galleryName } from '../compose/gallery-place.js';
import { EverybodyKept } from '../compose/everybody-kept.js';
import { openLibrary } from '../compose/open-library.js';
import type { EngineOptions } from '../compose/options.js';
import { PHOTO_TILES } from '../compose/photo-inputs.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { paint } from '../ui/paint.js';
import { shownPath } from '../ui/shown-path.js';
import { print, printJson, say } from '../ui/terminal.js';

export interface SearchOptions extends EngineOptions {
  readonly gallery?: string;
  readonly neighbours?: number;
  readonly threshold?: number;
  readonly far?: number;
  readonly json?: boolean;
}

/** `fr-stream search`: the nearest faces of the set for each face of a photo. */
export async function searchCommand(photo: string, options: SearchOptions): Promise<ExitCode> {
  const path = galleryName(options.gallery);
  await using opened = await openLibrary(options.gallery, { mode: 'read' });
  const { gallery, photos: library, videos } = opened;
  const everybody = await EverybodyKept.open(path, opened);
  const held = everybody.embedder;
  // The set's own embedder, unless another is asked for by name: nothing else can be compared with it.
  const embedder = options.embedder ?? held;
  await using engine = await createEngine({
    ...options,
    embedder,
    accurate: embedder === ACCURATE_EMBEDDER,
    tiles: options.tiles ?? PHOTO_TILES,
    rotationRetry: true,
    // One photo is searched sooner by one thread than models are loaded in several.
    threads: options.threads ?? 1,
  });
  if (engine.embedder.id !== held) {
    throw new GalleryError('GALLERY_MODEL_MISMATCH', `${path} was made with "${held}".`, {
      hint: `Run with --embedder ${held}.`,
    });
  }
  const queries = await facesOfPhoto(
    { ...engine, onWarning: (path, warning) => say(`${paint.yellow('warning:')} ${path}: ${warning}`) },
    photo,
  );
  const embeddings = await engine.embedder.embed(queries.map(({ aligned }) => aligned));
  const found = await everybody.nearest(
    embeddings.map(({ vector }) => vector),
    options.neighbours ?? 5,
  );
  const nearest = found.map(({ faces }) => faces);
  // Details are read of what is shown only.
  const ids = [...new Set(nearest.flat().map(({ id }) => id))];
  const shown = new Map((await collected(library.faces({ ids }))).map((face) => [face.id, face]));
  const tracks = new Map((await collected(videos.tracks({ ids }))).map((track) => [track.id, track]));
  const hashes = [...new Set([...shown.values(), ...tracks.values()].map(({ hash }) => hash))];
  const pathOf = new Map(
    (await collected(library.photos({ hashes }))).map(({ hash, path: file }) => [hash, file]),
  );
  for await (const { hash, path: file } of videos.videos({ hashes })) pathOf.set(hash, file);
  for (const [i, { detection, quality }] of queries.entries()) {
    const results = itemAt(nearest, i).flatMap(({ id, distance, cosine }) => {
      const track = tracks.get(id);
      const face = shown.get(id) ?? track;
      if (face === undefined) return [];
      const person = face.personId === undefined ? undefined : gallery.find(face.personId);
      const spans = track?.spans.map(({ fromMs, toMs }) => ({ fromMs, toMs }));
      return {
        photo: pathOf.get(face.hash) ?? null,
        face: face.id,
        ...(spans && { spans }),
        box: ('best' in face ? face.best : face).detection.box,
        distance,
        ...judge(engine, cosine, options),
        person: person?.name ?? null,
        named: person !== undefined && person.unnamed !== true,
      };
    });
    const { person: likest } = itemAt(found, i);
    const person = likest !== undefined && judge(engine, likest.score, options).same ? likest : undefined;
    if (options.json === true) {
      const { box } = detection;
      const who = person === undefined ? null : { name: person.name, cosine: person.score };
      printJson({
        box,
        quality: quality.overall,
        person: who,
        nearest: results.map((one) => ({ ...one, photo: one.photo && knownPath(one.photo) })),
      });
      continue;
    }
    const { x, y } = detection.box;
    const name = results.find(({ same, named }) => same && named)?.person ?? person?.name;
    const looks = name === undefined ? '' : `  looks like ${paint.bold(name)}`;
    const rating = paint.dim(`quality ${quality.overall.toFixed(2)}`);
    print(`face ${i + 1} at ${Math.round(x)},${Math.round(y)}${looks}  ${rating}`);
    print(paint.dim('  distance  cosine   chance'));
    const width = Math.max(...results.map(({ person }) => person?.length ?? 0));
    for (const { photo: file, face, spans, distance, cosine, confidence, same, person } of results) {
      const sure = confidence === null ? '      ?' : `${(confidence * 100).toFixed(1).padStart(5)} %`;
      const mark = same ? paint.green('same person') : paint.dim('another    ');
      const who = width === 0 ? '' : `${(person ?? '').padEnd(width)}  `;
      const figures = `${distance.toFixed(3).padStart(8)}  ${cosine.toFixed(3).padStart(6)}  ${sure}`;
      print(
        `  ${figures}  ${mark}  ${who}${file === null ? face : shownPath(file)}${spans?.[0] === undefined ? '' : ` ${timecode(spans[0].fromMs)}`}`,
      );
    }
  }
  if (queries.length === 0) say(`${photo}: no face was found`);
  return queries.length > 0 ? EXIT.ok : EXIT.partial;
}
