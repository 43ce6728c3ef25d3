import type { VaultKey } from '@fr-stream/backend-node';
import type { Gallery, PersonRecord, PhotoLibrary, VideoLibrary } from '@fr-stream/core';

/** A gallery as the server uses it: one per tenant. */
export interface Tenant extends AsyncDisposable {
  readonly id: string;
  readonly gallery: Gallery;
  readonly library: PhotoLibrary;
  readonly videos: VideoLibrary;
  /** Where the library's cut-outs are; undefined while there are none. */
  readonly facesFolder: string | undefined;
  /** Opens a cut-out that the gallery's key sealed; one in the clear comes back as it is. @param name in that folder */
  openCutout(bytes: Uint8Array, name: string): Uint8Array;
  /** Removes a person, and all that gallery, library and their folders keep of them: faces that are like theirs, too. */
  forget(person: PersonRecord): Promise<void>;
}

/**
 * Opens a gallery file (and makes it if need be); whoever assembles the program says how.
 * @param key what is to be encrypted with it is encrypted when it is opened. Undefined: nothing is.
 */
export type OpenTenant = (
  id: string,
  file: string,
  faces: string | undefined,
  key: VaultKey | undefined,
) => Promise<Tenant>;

/** A gallery that takes in what other programs change, as they do, until it is disposed. */
export function followed(tenant: Tenant, onError: (error: unknown) => void): Tenant {
  const abort = new AbortController();
  const following = tenant.gallery.follow(abort.signal).catch((error: unknown) => {
    if (!abort.signal.aborted) onError(error);
  });
  return {
    ...tenant,
    [Symbol.asyncDispose]: async () => {
      abort.abort();
      await following;
      await tenant[Symbol.asyncDispose]();
    },
  };
}
