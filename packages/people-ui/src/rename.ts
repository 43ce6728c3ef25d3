import { askYes } from './ask-name.js';
import { pairView } from './suggestions-view.js';
import type { PeopleApi, PersonSummary } from './people-api.js';

/** As galleries compare names: case, width and blanks make no other one. */
const keyOf = (name: string): string =>
  name.normalize('NFKC').trim().replace(/\s+/gu, ' ').toLowerCase().normalize('NFKC');

/**
 * Gives somebody a name. Where it is somebody else's and both have one, it asks whether the two are one: then they are merged.
 * @param host that the question is shown in.
 * @returns who it is now; undefined when the two are not one, and nothing was done.
 */
export async function rename(
  host: HTMLElement,
  api: PeopleApi,
  person: PersonSummary,
  name: string,
): Promise<PersonSummary | undefined> {
  const holder = person.unnamed ? undefined : await namesake(api, person, name);
  if (holder === undefined) return api.name(person.id, name);
  const text = `If they are one person, all faces of both are ${holder.name} from now on. Undo parts them again.`;
  const title = `There is a ${holder.name} already. The same person?`;
  const isSame = await askYes(host, title, text, 'Yes, merge them', pairView(holder, person));
  return isSame ? api.merge([holder.id, person.id]) : undefined;
}

async function namesake(
  api: PeopleApi,
  { id }: PersonSummary,
  name: string,
): Promise<PersonSummary | undefined> {
  const { people } = await api.people({ who: 'named', search: name.trim(), offset: 0, limit: 500 });
  return people.find((one) => one.id !== id && keyOf(one.name) === keyOf(name));
}
