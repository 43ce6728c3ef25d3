import type { Gallery } from '@fr-stream/core';

/**
 * Takes in what other processes change in a gallery, until it is disposed; to be disposed before the gallery.
 * @param onError told when that ends because the gallery cannot be read any more.
 */
export function followGallery(gallery: Gallery, onError: (error: unknown) => void): AsyncDisposable {
  const abort = new AbortController();
  const following = gallery.follow(abort.signal).catch((error: unknown) => {
    if (!abort.signal.aborted) onError(error);
  });
  return {
    [Symbol.asyncDispose]: async () => {
      abort.abort();
      await following;
    },
  };
}
