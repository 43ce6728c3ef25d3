import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { makeFolder } from '@fr-stream/backend-node';
import type { Vault } from '@fr-stream/backend-node';
import { isOfLibrary, type GalleryFace } from '@fr-stream/core';
import { writeWhole } from '@fr-stream/stream/output';
import { sealFile } from '../vault/seal-file.js';
import type { Tenant } from './tenant.js';

/** A picture of a face, for who has none kept; undefined where there is none to be had. */
export type MakePicture = (tenant: Tenant, face: GalleryFace) => Promise<Uint8Array | undefined>;

/**
 * What the faces of a gallery look like: cut-outs of the photo library, and those that the server keeps of faces that
 * were enrolled, or seen by a camera.
 */
export class FacePictures {
  readonly #folder: string;
  readonly #vault: Vault;
  readonly #make: MakePicture;
  /** Of faces that are looked for right now, and of those that have none. */
  readonly #made = new Map<string, Promise<Uint8Array | undefined>>();

  /** @param make what is not kept is made once, where it can be. */
  constructor(folder: string, vault: Vault, make: MakePicture) {
    this.#folder = folder;
    this.#vault = vault;
    this.#make = make;
  }

  async write(tenant: Tenant, faceId: string, jpeg: Uint8Array): Promise<void> {
    const path = this.#path(tenant, faceId);
    await makeFolder(join(this.#folder, tenant.id), 0o700);
    await writeWhole(path, this.#vault.seal(jpeg, `face:${faceId}`));
  }

  /** @returns undefined where there is none, as of faces whose photos are gone. */
  async read(tenant: Tenant, face: GalleryFace): Promise<Uint8Array | undefined> {
    const kept = await this.#kept(tenant, face);
    if (kept !== undefined) return kept;
    const key = `${tenant.id} ${face.id}`;
    const making = this.#made.get(key) ?? this.#makeAndKeep(tenant, face);
    this.#made.set(key, making);
    try {
      if ((await making) !== undefined) this.#made.delete(key);
      return await making;
    } catch (error) {
      this.#made.delete(key);
      throw error;
    }
  }

  async #makeAndKeep(tenant: Tenant, face: GalleryFace): Promise<Uint8Array | undefined> {
    const jpeg = await this.#make(tenant, face);
    // Forgotten meanwhile, nothing of it is kept.
    if (jpeg === undefined || (await tenant.gallery.face(face.id)) === undefined) return undefined;
    await this.write(tenant, face.id, jpeg);
    return jpeg;
  }

  async #kept(tenant: Tenant, face: GalleryFace): Promise<Uint8Array | undefined> {
    const own = await readOrNothing(this.#path(tenant, face.id));
    if (own !== undefined) return this.#vault.open(own, `face:${face.id}`);
    const cutout = isOfLibrary(face) ? (await tenant.library.face(face.id))?.cutout : undefined;
    if (cutout === undefined || tenant.facesFolder === undefined) return undefined;
    const path = resolve(tenant.facesFolder, cutout);
    if (!path.startsWith(resolve(tenant.facesFolder) + sep)) return undefined;
    const bytes = await readOrNothing(path);
    return bytes && tenant.openCutout(bytes, cutout);
  }

  /** Seals pictures that were kept before there was a key. */
  async sealAll(tenant: Tenant): Promise<void> {
    for await (const { id } of tenant.gallery.records())
      await sealFile(this.#path(tenant, id), this.#vault, `face:${id}`);
  }

  /** Removes all pictures of faces, the library's cut-outs too. */
  async forget(tenant: Tenant, faceIds: readonly string[]): Promise<void> {
    for (const id of faceIds) {
      await rm(this.#path(tenant, id), { force: true });
      const face = await tenant.library.face(id);
      if (face === undefined || tenant.facesFolder === undefined) continue;
      for (const file of [face.cutout, face.aligned]) {
        const path = resolve(tenant.facesFolder, file);
        if (path.startsWith(resolve(tenant.facesFolder) + sep)) await rm(path, { force: true });
      }
    }
  }

  /** By a hash: ids may hold what file systems do not like. */
  #path(tenant: Tenant, faceId: string): string {
    return join(
      this.#folder,
      tenant.id,
      `${createHash('sha256').update(faceId).digest('hex').slice(0, 32)}.jpg`,
    );
  }
}

function readOrNothing(path: string): Promise<Uint8Array | undefined> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
