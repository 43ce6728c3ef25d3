import { join } from 'node:path';
import type { LibraryTrack } from '@fr-stream/core';
import type { OutputFolder } from '@fr-stream/stream';
import type { SeenPerson } from './seen-person.js';

/** Writes the pictures of a video's people and makes tracks of them. @param labelOf what a stranger is called. */
export async function toTracks(
  hash: string,
  people: readonly SeenPerson[],
  embedder: string,
  files: OutputFolder,
  labelOf: (person: SeenPerson) => string | undefined,
): Promise<readonly LibraryTrack[]> {
  const tracks: LibraryTrack[] = [];
  for (const [i, person] of people.entries()) {
    const id = `${hash.slice(0, 20)}-t${i}`;
    const name = join(hash.slice(0, 2), `${id}.jpg`);
    const places = { cutout: join('cutouts', name), aligned: join('aligned', name) };
    await files.write(places.cutout, person.cutout);
    await files.write(places.aligned, person.aligned);
    const label = person.personId === undefined ? labelOf(person) : undefined;
    tracks.push({
      id,
      hash,
      spans: person.spans,
      best: person.best,
      embedding: { vector: person.appearance, norm: person.norm, model: embedder },
      pictures: person.pictures,
      ...places,
      ...(person.personId !== undefined && { personId: person.personId, by: 'machine' }),
      ...(label !== undefined && { label }),
    });
  }
  return tracks;
}
