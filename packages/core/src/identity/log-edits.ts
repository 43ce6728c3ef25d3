import { GalleryError } from '../errors.js';
import type { GalleryStore, LoggedChange, PersonRecord } from './gallery-store.js';
import type { PeopleEdit } from './people-edits.js';
import type { PeopleState } from './people-state.js';
import type { Edit } from './stored-people.js';

/**
 * Takes the latest change back.
 * @param transact applies the edit.
 * @throws GalleryError (GALLERY_CONFLICT) when there is none, or what it touched is gone.
 */
export async function undoLatest(
  store: GalleryStore,
  transact: <E extends Edit>(build: () => Promise<E>) => Promise<E>,
): Promise<LoggedChange> {
  let action = '';
  try {
    const { latest } = await transact(async () => {
      const [entry] = await store.history({ limit: 1 });
      if (entry === undefined) throw new GalleryError('GALLERY_CONFLICT', 'There is nothing to undo.');
      action = entry.action;
      return { latest: entry, changes: [...entry.undo, { kind: 'drop-log-entry', entryId: entry.id }] };
    });
    return latest;
  } catch (cause) {
    if (!GalleryError.isInstance(cause) || cause.code !== 'GALLERY_PERSON_UNKNOWN') throw cause;
    throw new GalleryError('GALLERY_CONFLICT', `"${action}" cannot be undone any more.`, {
      cause,
      hint: 'People whom it touched have been removed since.',
    });
  }
}

/**
 * Forgets a person beyond recovery, and those who were merged into them: these are in the log only, whoever still
 * exists is somebody else.
 * @param log all of it.
 */
export function forgetEdit(
  state: PeopleState,
  person: PersonRecord,
  log: readonly LoggedChange[],
): Edit & Pick<PeopleEdit, 'person'> {
  const ids = new Set([person.id]);
  for (let before = 0; before < ids.size;) {
    before = ids.size;
    for (const { people } of log) {
      if (!people.some((id) => ids.has(id))) continue;
      for (const id of people) if (state.byId(id) === undefined) ids.add(id);
    }
  }
  ids.delete(person.id);
  return { person, changes: [{ kind: 'forget-people', personIds: [person.id, ...ids] }] };
}
