import {
  collected,
  GalleryError,
  type LibraryTrack,
  type PersonRecord,
  type Rejection,
  type VideoLibrary,
} from '@fr-stream/core';
import { knownPath } from '@fr-stream/stream';

/** Less is a boundary that two cuts of one track share. */
const LEAST_MS = 300;

/** Tracks of one video that are in view at the same time: they are not one person. */
export function togetherInView(tracks: readonly LibraryTrack[]): readonly Rejection[] {
  const byVideo = new Map<string, LibraryTrack[]>();
  for (const track of tracks) byVideo.set(track.hash, [...(byVideo.get(track.hash) ?? []), track]);
  return [...byVideo.values()].flatMap((list) =>
    list.flatMap((one, i) =>
      list
        .slice(i + 1)
        .flatMap((two): Rejection[] => (overlap(one, two) >= LEAST_MS ? [[one.id, two.id]] : [])),
    ),
  );
}

/** Milliseconds in which both are in view. */
function overlap({ spans }: LibraryTrack, other: LibraryTrack): number {
  let sum = 0;
  for (const a of spans)
    for (const b of other.spans) sum += Math.max(0, Math.min(a.toMs, b.toMs) - Math.max(a.fromMs, b.fromMs));
  return sum;
}

/**
 * As people who are in one photo are not merged, so are not those who are in view together in a video.
 * @param people ids, and of faces that are nobody's yet the ids of these.
 * @throws GalleryError (GALLERY_CONFLICT)
 */
export async function refuseTogetherInView(
  videos: Pick<VideoLibrary, 'tracks' | 'videos'>,
  people: readonly { readonly person: PersonRecord; readonly faceIds: readonly string[] }[],
): Promise<void> {
  const owner = new Map<string, PersonRecord>();
  const tracks: LibraryTrack[] = [];
  for (const { person, faceIds } of people) {
    const filter = faceIds.length > 0 ? { ids: faceIds } : { personIds: [person.id] };
    for await (const track of videos.tracks(filter)) {
      owner.set(track.id, person);
      tracks.push(track);
    }
  }
  for (const [a, b] of togetherInView(tracks)) {
    const [one, two] = [owner.get(a), owner.get(b)];
    if (one === undefined || two === undefined || one.id === two.id) continue;
    const hash = tracks.find(({ id }) => id === a)?.hash ?? '';
    const [video] = await collected(videos.videos({ hashes: [hash] }));
    throw new GalleryError(
      'GALLERY_CONFLICT',
      `${one.name} and ${two.name} are in view together in ${knownPath(video?.path ?? hash)}: they cannot be one person.`,
      { hint: 'If it shows somebody twice, say --force.' },
    );
  }
}
