import type { Gallery, PhotoLibrary } from '@fr-stream/core';

/** A gallery as the server uses it: one per tenant. */
export interface Tenant extends AsyncDisposable {
  readonly id: string;
  readonly gallery: Gallery;
  readonly library: PhotoLibrary;
  /** Where the library's cut-outs are; undefined while there are none. */
  readonly facesFolder: string | undefined;
}

/** Opens a gallery file (and makes it if need be); whoever assembles the program says how. */
export type OpenTenant = (id: string, file: string, faces: string | undefined) => Promise<Tenant>;

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
