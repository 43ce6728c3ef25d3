import {
  collected,
  dotProduct,
  sameFaces,
  sameTrack,
  type GalleryFaceRecord,
  type Identity,
  type LibraryTrack,
  type VideoRecord,
} from '@fr-stream/core';
import { sha256OfBlob } from '@fr-stream/backend-web';
import type { SeenFace } from './seen-faces.js';
import type { GatheredTrack } from './track-gatherer.js';
import type { KeptVideo } from './types.js';
import { keptPath } from './kept-path.js';
import { RememberedPeople } from './remembered-people.js';
import type { Workshop } from './workshop.js';

const recordAt =
  ({ library }: Workshop) =>
  async (path: string): Promise<VideoRecord | undefined> =>
    (await collected(library.videos({ paths: [path] })))[0];

/** A video that was saved again is as long as before; two of the same people are not, to so little. */
const SAME_LENGTH_MS = 500;

const chainOf = ({ engine }: Workshop): string => engine.models.join('+');

/**
 * Keeps who is in a video that was gone through, with a small picture of each. A face of it that was named while it played is
 * the face of its track from now on, under the id that it has: what named it can still be undone.
 */
export async function keepVideo(
  shop: Workshop,
  file: File,
  size: Pick<VideoRecord, 'width' | 'height' | 'durationMs'>,
  people: readonly GatheredTrack[],
): Promise<void> {
  const { library, seen, keptAs } = shop;
  const hash = await sha256OfBlob(file);
  const chain = chainOf(shop);
  const known = await library.hasVideoContent(hash, chain);
  // Gone through before: its tracks stay, whose names may be more than this search knows.
  const earlier = known ? await collected(library.tracks({ hashes: [hash] })) : [];
  const named = known ? [] : await namedWhilePlaying(shop, file.name);
  const tracks: LibraryTrack[] = [];
  const pictures = new Map<string, Blob>();
  const answers: Answer[] = [];
  for (const { faceId, faceIds, identity, spans, best, pictures: count } of people) {
    const face = seen.get(faceId);
    if (face === undefined) continue;
    const label = identity.kind === 'unknown' ? identity.label : undefined;
    const found = {
      id: `${hash.slice(0, 20)}-t${tracks.length}`,
      hash,
      spans,
      best,
      embedding: { vector: face.vector, model: face.model, norm: 1 },
      pictures: count,
      aligned: '',
      ...(label !== undefined && { label }),
    };
    const answer = answerOf(found, identity, named, shop.rule.threshold);
    if (answer !== undefined) answers.push(answer);
    const id = answer?.own.id ?? found.id;
    const track = { ...found, id, cutout: `video/${id}` };
    tracks.push(track);
    pictures.set(track.cutout, face.picture);
    const keptId = known ? sameTrack(track, earlier)?.id : id;
    for (const one of faceIds) if (keptId !== undefined) keptAs.set(one, keptId);
  }
  const isRewritten = async ({ hash, modifiedMs, durationMs }: VideoRecord): Promise<boolean> =>
    modifiedMs <= file.lastModified &&
    Math.abs(durationMs - size.durationMs) <= SAME_LENGTH_MS &&
    sameFaces(tracks, await collected(library.tracks({ hashes: [hash] }))).some((one) => one !== undefined);
  const { path, record: before } = await keptPath(
    file,
    recordAt(shop),
    (video) => video.hash === hash,
    isRewritten,
  );
  const record = { path, sizeBytes: file.size, modifiedMs: file.lastModified, hash, ...size };
  await library.storeVideo(record, chain, known ? undefined : tracks);
  // Which are in no video any more.
  if (before !== undefined && before.hash !== hash) await library.removeVideos([]);
  if (known) return;
  await library.keepPictures(pictures);
  for (const answer of answers) await takeIn(shop, answer);
}

/** Faces that were named before their video was gone through, and the track that they are of. */
interface Answer {
  readonly track: Omit<LibraryTrack, 'cutout'>;
  /** The one that the track goes by. */
  readonly own: GalleryFaceRecord;
  /** Of the same person, named at other moments. */
  readonly others: readonly GalleryFaceRecord[];
}

/** Faces of a video that stand at a moment of it. */
async function namedWhilePlaying({ gallery }: Workshop, source: string): Promise<GalleryFaceRecord[]> {
  const faces: GalleryFaceRecord[] = [];
  for await (const face of gallery.records())
    if (face.id.startsWith('seen:') && momentOf(face.source, source) !== undefined) faces.push(face);
  return faces;
}

/** @param named those that are this track's are taken out. */
function answerOf(
  track: Omit<LibraryTrack, 'cutout'>,
  identity: Identity,
  named: GalleryFaceRecord[],
  threshold: number,
): Answer | undefined {
  const alike = ({ vector }: GalleryFaceRecord): number => dotProduct(track.embedding.vector, vector);
  const isMeant = (face: GalleryFaceRecord): boolean =>
    inView(track, momentOf(face.source)) &&
    ((identity.kind === 'known' && identity.personId === face.personId) || alike(face) >= threshold);
  const meant = named.filter(isMeant).sort((a, b) => alike(b) - alike(a));
  const [own] = meant;
  if (own === undefined) return undefined;
  // Somebody else's name for the same track is left to whoever gave it.
  const others = meant.filter((face) => face !== own && face.personId === own.personId);
  for (const face of [own, ...others]) named.splice(named.indexOf(face), 1);
  return { track, own, others };
}

/**
 * The person has the same face, better seen, and once: nothing that a user would undo. What named it is undone as before.
 */
async function takeIn({ gallery }: Workshop, { track, own, others }: Answer): Promise<void> {
  const { embedding, best } = track;
  const { vector, model: embedder } = embedding;
  const face = { ...own, picture: own.id, vector, quality: best.quality.overall };
  await gallery.transact(() => ({
    changes: [
      { kind: 'add-faces', embedder, faces: [face] },
      { kind: 'remove-faces', faceIds: others.map(({ id }) => id) },
    ],
  }));
}

/** A name given while a video played stands at a moment of it: so far from a track it is of the track. */
const NEAR_MS = 1500;

function inView({ spans }: Pick<LibraryTrack, 'spans'>, at: number | undefined): boolean {
  return at !== undefined && spans.some(({ fromMs, toMs }) => at >= fromMs - NEAR_MS && at <= toMs + NEAR_MS);
}

/** The moment, in milliseconds, that the source of a face names. @param video only if it is of that. */
function momentOf(source: string, video?: string): number | undefined {
  if (video !== undefined && !source.startsWith(`${video} @ `)) return undefined;
  const [, seconds] = / @ ([\d.]+) s$/.exec(source) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

/** The kept track that a face is of which was seen while its video played; undefined where it is none's. */
export function keptTrackOf(
  { rule }: Workshop,
  tracks: readonly LibraryTrack[],
  { vector, timeMs }: Pick<SeenFace, 'vector' | 'timeMs'>,
): LibraryTrack | undefined {
  const alike = ({ embedding }: LibraryTrack): number => dotProduct(embedding.vector, vector);
  return tracks
    .filter((track) => inView(track, timeMs) && alike(track) >= rule.threshold)
    .sort((a, b) => alike(b) - alike(a))[0];
}

/** The tracks of a video file that was gone through; none of another. */
export async function keptTracks(shop: Workshop, file: File): Promise<readonly LibraryTrack[]> {
  const record = await recordOf(shop, file);
  return record === undefined ? [] : collected(shop.library.tracks({ hashes: [record.hash] }));
}

/** What is kept of a video file, told by its name, size and date; undefined when it was not gone through. */
export async function keptVideo(shop: Workshop, file: File): Promise<KeptVideo | undefined> {
  const record = await recordOf(shop, file);
  return record === undefined ? undefined : viewOf(shop, record);
}

async function recordOf(shop: Workshop, file: File): Promise<VideoRecord | undefined> {
  const { size: sizeBytes, lastModified: modifiedMs } = file;
  const isCurrent = async ({ path }: VideoRecord): Promise<boolean> => {
    const [known] = await shop.library.currentVideos([{ path, sizeBytes, modifiedMs }], chainOf(shop));
    return known === true;
  };
  return (await keptPath(file, recordAt(shop), isCurrent)).record;
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
