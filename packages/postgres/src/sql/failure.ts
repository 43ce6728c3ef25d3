import { FrStreamError, GalleryError, messageOf } from '@fr-stream/core';

/** What PostgreSQL says, in terms of the user's database. */
export function explain(name: string, error: unknown): FrStreamError {
  if (FrStreamError.isInstance(error)) return error;
  const [reason, hint] = reasonOf((error as { readonly code?: unknown } | undefined)?.code);
  return new GalleryError('GALLERY_INVALID', `${name}: ${reason ?? messageOf(error)}`, {
    hint,
    cause: error,
  });
}

const URL_HINT = 'The address is postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=NAME.';

/** By SQLSTATE, or the code of a failed connection. */
function reasonOf(code: unknown): readonly [reason: string | undefined, hint: string] {
  switch (code) {
    case 'ECONNREFUSED':
    case 'ENOENT':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'ETIMEDOUT':
      return ['no PostgreSQL server answers there.', `Start it, or check the address. ${URL_HINT}`];
    case '28P01':
    case '28000':
      return ['the server refuses this user or password.', URL_HINT];
    case '3D000':
      return ['there is no such database.', 'Make it: createdb NAME.'];
    case '42501':
      return [
        'this user may not do that in the database.',
        'Give it CREATE on the database once: the schema and its tables are made on first use.',
      ];
    case '53100':
    case '53200':
      return ['the server has no room left.', 'Free space there; nothing was changed.'];
    case '53300':
      return ['the server takes no more connections.', 'Run fewer workers, or raise max_connections.'];
    case '57P01':
    case '57P03':
    case '08006':
    case '08003':
      return ['the connection was lost.', 'Try again when the server is back; nothing is half done.'];
    default:
      return [undefined, "Check the server's log."];
  }
}
