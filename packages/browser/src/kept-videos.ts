import { collected, dotProduct, type LibraryTrack, type VideoRecord } from '@fr-stream/core';
import { sha256OfBlob } from '@fr-stream/backend-web';
import type { GatheredTrack } from './track-gatherer.js';
import type { KeptVideo } from './types.js';
import { RememberedPeople } from './remembered-people.js';
import type { Workshop } from './workshop.js';

/** What a browser tells of a file; it tells no path. */
const fileOf = ({ name, webkitRelativePath, size, lastModified }: File) => ({
  path: webkitRelativePath === '' ? name : webkitRelativePath,
  sizeBytes: size,
  modifiedMs: lastModified,
});

const chainOf = ({ engine }: Workshop): string => engine.models.join('+');

/** Keeps who is in a video that was gone through, with a small picture of each. */
export async function keepVideo(
  shop: Workshop,
  file: File,
  size: Pick<VideoRecord, 'width' | 'height' | 'durationMs'>,
  people: readonly GatheredTrack[],
): Promise<void> {
  const { library, seen, keptAs } = shop;
  keptAs.clear();
  const hash = await sha256OfBlob(file);
  const tracks: LibraryTrack[] = [];
  const pictures = new Map<string, Blob>();
  for (const { faceId, faceIds, identity, spans, best, pictures: count } of people) {
    const face = seen.get(faceId);
    if (face === undefined) continue;
    const id = `${hash.slice(0, 20)}-t${tracks.length}`;
    const cutout = `video/${id}`;
    pictures.set(cutout, face.picture);
    for (const one of faceIds) keptAs.set(one, id);
    const label = identity.kind === 'unknown' ? identity.label : undefined;
    tracks.push({
      id,
      hash,
      spans,
      best,
      embedding: { vector: face.vector, model: face.model, norm: 1 },
      pictures: count,
      cutout,
      aligned: '',
      ...(label !== undefined && { label }),
    });
  }
  await library.storeVideo({ ...fileOf(file), hash, ...size }, chainOf(shop), tracks);
  await library.keepPictures(pictures);
  await replaceNamed(shop, file.name, tracks);
}

/** A name given while a video played stands at a moment of it: so far from a track it is of the track. */
const NEAR_MS = 1500;

/** Faces of a video that were named before all of it was gone through are its tracks' now, and do not stand there twice. */
async function replaceNamed(shop: Workshop, source: string, tracks: readonly LibraryTrack[]): Promise<void> {
  const { gallery, rule } = shop;
  for await (const face of gallery.records()) {
    const at = face.id.startsWith('seen:') ? momentOf(face.source, source) : undefined;
    if (at === undefined) continue;
    const [track] = tracks
      .filter(({ spans }) => spans.some(({ fromMs, toMs }) => at >= fromMs - NEAR_MS && at <= toMs + NEAR_MS))
      .map((one) => ({ ...one, score: dotProduct(one.embedding.vector, face.vector) }))
      .filter(({ score }) => score >= rule.threshold)
      .sort((a, b) => b.score - a.score);
    if (track === undefined) continue;
    const { id, hash, embedding, best } = track;
    const owner = gallery.face(id)?.personId;
    const record = { ...face, id, picture: hash, vector: embedding.vector, quality: best.quality.overall };
    const add = { kind: 'add-faces', embedder: embedding.model, faces: [record] } as const;
    const remove = { kind: 'remove-faces', faceIds: [face.id] } as const;
    // Somebody else's name for the same track is left to whoever gave it.
    if (owner !== undefined && owner !== face.personId) continue;
    await gallery.apply(owner === undefined ? [add, remove] : [remove], {
      action: `scan ${source}`,
      people: [face.personId],
      undo: [],
    });
  }
}

/** The moment, in milliseconds, that the source of a face names, if it is of that video. */
function momentOf(source: string, video: string): number | undefined {
  const [, seconds] = source.startsWith(`${video} @ `) ? (/@ ([\d.]+) s$/.exec(source) ?? []) : [];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

/** What is kept of a video file, told by its name, size and date; undefined when it was not gone through. */
export async function keptVideo(shop: Workshop, file: File): Promise<KeptVideo | undefined> {
  const { path, sizeBytes, modifiedMs } = fileOf(file);
  const [known] = await shop.library.currentVideos([{ path, sizeBytes, modifiedMs }], chainOf(shop));
  if (known !== true) return undefined;
  const [record] = await collected(shop.library.videos({ paths: [path] }));
  return record === undefined ? undefined : viewOf(shop, record);
}

/** All videos that were gone through, by name. */
export async function keptVideos(shop: Workshop): Promise<readonly KeptVideo[]> {
  const videos = await collected(shop.library.videos());
  return Promise.all(videos.map((record) => viewOf(shop, record)));
}

async function viewOf(shop: Workshop, record: VideoRecord): Promise<KeptVideo> {
  const { library, gallery } = shop;
  const remembered = new RememberedPeople(gallery);
  const { path, width, height, durationMs, hash } = record;
  const people: KeptVideo['people'][number][] = [];
  for await (const track of library.tracks({ hashes: [hash] })) {
    const nobody = {
      kind: 'unknown',
      reason: 'below-threshold',
      ...(track.label !== undefined && { label: track.label }),
    } as const;
    const identity = track.personId === undefined ? nobody : remembered.assigned(track.personId, nobody);
    const picture = await library.picture(track.cutout);
    people.push({
      id: track.id,
      identity,
      spans: track.spans,
      bestMs: track.best.timeMs,
      ...(picture !== undefined && { picture }),
    });
  }
  return { path, width, height, durationMs, people };
}
