import type { Box } from '../contracts/face.js';
import type { PhotoLibrary, VideoLibrary, VideoPlace } from '../contracts/media-library.js';

/** Where in a photo somebody was who is forgotten, also when its file was written anew since. @param path absolute. */
export async function forgottenInPhoto(
  library: Pick<PhotoLibrary, 'photo' | 'forgotten'>,
  path: string,
  hash: string,
): Promise<readonly Box[]> {
  const before = (await library.photo(path))?.hash ?? hash;
  const places = await library.forgotten(hash);
  return before === hash ? places : [...places, ...(await library.forgotten(before))];
}

/** Where in a video somebody was who is forgotten, also when its file was written anew since. @param path absolute. */
export async function forgottenInVideo(
  library: Pick<VideoLibrary, 'videos' | 'forgottenPlaces'>,
  path: string,
  hash: string,
): Promise<readonly VideoPlace[]> {
  const places = [...((await library.forgottenPlaces?.(hash)) ?? [])];
  for await (const video of library.videos({ paths: [path] })) {
    if (video.hash !== hash) places.push(...((await library.forgottenPlaces?.(video.hash)) ?? []));
  }
  return places;
}
