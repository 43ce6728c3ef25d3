import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '@fr-stream/backend-node';
import { userDataFolder } from '@fr-stream/backend-node';
import { isProfileName, type ProfileName } from '@fr-stream/engine/names';
import writeFileAtomic from 'write-file-atomic';

const file = (): string => join(userDataFolder(), 'profile');

/** The profile that `fr-stream setup` has set up; undefined for none, and for what is none any more. */
export async function rememberedProfile(): Promise<ProfileName | undefined> {
  const name = (await readFile(file(), 'utf8').catch(() => '')).trim();
  return isProfileName(name) ? name : undefined;
}

/** @param profile undefined forgets it. */
export async function rememberProfile(profile: ProfileName | undefined): Promise<void> {
  if (profile === undefined) return rm(file(), { force: true });
  await makeFolder(dirname(file()), 0o700);
  await writeFileAtomic(file(), `${profile}\n`, { mode: 0o600 });
}
