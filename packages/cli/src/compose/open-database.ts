import type { SqlDatabase } from '@fr-stream/postgres';
import type { GalleryPlace } from './gallery-place.js';

/** Connections of one command: it reads, writes and listens, and hundreds of workers may be there. */
const CONNECTIONS = 4;

/** The database of a gallery, brought up to date. What speaks to it is loaded by those only who have one. */
export async function openDatabase({
  url,
}: Extract<GalleryPlace, { readonly kind: 'database' }>): Promise<SqlDatabase> {
  const { openPostgres } = await import('@fr-stream/postgres');
  return openPostgres(url, { connections: CONNECTIONS });
}
