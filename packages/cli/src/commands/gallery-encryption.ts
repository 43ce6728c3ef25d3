import { ArgumentError, GalleryError } from '@fr-stream/core';
import { existsSync } from 'node:fs';
import type { VaultKey } from '@fr-stream/backend-node';
import { decryptGallery, encryptGallery } from '../compose/encrypt-gallery.js';
import { galleryKey } from '../compose/gallery-key.js';
import { galleryFile } from '../compose/gallery-place.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { paint } from '../ui/paint.js';
import { say } from '../ui/terminal.js';

export interface GalleryEncryptionOptions {
  readonly gallery?: string;
  readonly faces?: string;
}

async function requireKey(): Promise<VaultKey> {
  const key = await galleryKey();
  if (key !== undefined) return key;
  throw new ArgumentError('There is no key.', {
    hint: 'Make one (openssl rand -hex 32 > key) and give it with --key-file; or set FR_STREAM_PASSPHRASE.',
  });
}

function requireGallery(path: string): void {
  if (existsSync(path)) return;
  throw new GalleryError('GALLERY_INVALID', `${path}: there is no gallery.`, {
    hint: 'Name another file with --gallery. A new gallery is encrypted when it is made with a key.',
  });
}

/** `fr-stream gallery encrypt`. */
export async function galleryEncrypt(options: GalleryEncryptionOptions): Promise<ExitCode> {
  const path = galleryFile(options.gallery, 'Encryption');
  const key = await requireKey();
  requireGallery(path);
  const pictures = await encryptGallery(path, key, options.faces);
  say(
    `encrypted ${path}, and ${pictures} pictures of faces`,
    paint.dim('Keep the key: without it nobody opens them. Photos and videos themselves stay as they are.'),
  );
  return EXIT.ok;
}

/** `fr-stream gallery decrypt`. */
export async function galleryDecrypt(options: GalleryEncryptionOptions): Promise<ExitCode> {
  const path = galleryFile(options.gallery, 'Decryption');
  const key = await requireKey();
  requireGallery(path);
  const pictures = await decryptGallery(path, key, options.faces);
  say(`decrypted ${path}, and ${pictures} pictures of faces`);
  return EXIT.ok;
}
