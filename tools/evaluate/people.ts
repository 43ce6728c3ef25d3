import { readdir } from 'node:fs/promises';
import { extname } from 'node:path';
import { messageOf, SourceError } from '@fr-stream/core';
import { PHOTO_EXTENSIONS } from '@fr-stream/stream';

/** Photos of people: one sub-folder per person. Person -> photos, as `person/file`, both in ascending order. */
export async function readPeople(folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const people = new Map<string, readonly string[]>();
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    for (const { name } of entries
      .filter((entry) => entry.isDirectory())
      .sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const photos = (await readdir(`${folder}/${name}`))
        .filter((file) => PHOTO_EXTENSIONS.includes(extname(file).toLowerCase()))
        .sort()
        .map((file) => `${name}/${file}`);
      if (photos.length > 0) people.set(name, photos);
    }
  } catch (error) {
    throw new SourceError('INPUT_NOT_FOUND', `${folder}: ${messageOf(error)}`, { cause: error });
  }
  if (people.size < 2) {
    throw new SourceError(
      'INPUT_UNSUPPORTED',
      `${folder} holds photos of ${people.size} people; two are needed.`,
      {
        hint: 'Put the photos of each person into a sub-folder of that name.',
      },
    );
  }
  return people;
}
