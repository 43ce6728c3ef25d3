import { ModelError, type Gallery } from '@fr-stream/core';
import { engineFacts } from '@fr-stream/engine';
import { ACCURATE_EMBEDDER } from '@fr-stream/models';
import { paint } from '../ui/paint.js';
import { say } from '../ui/terminal.js';
import { createModelStore } from './model-store.js';
import type { EngineOptions } from './options.js';

/**
 * The options with the gallery's own embedder, where the user has chosen none for this run: its faces cannot be compared
 * with another's. What was chosen stays, and is refused by `Gallery.requireEmbedder` if it is another.
 */
export async function withOwnEmbedder<O extends EngineOptions>(
  options: O,
  { embedder: held }: Pick<Gallery, 'embedder'>,
): Promise<O> {
  const { embedder, accurate, profile, profileRemembered = false, quiet } = options;
  const chosen = embedder !== undefined || accurate === true || (profile !== undefined && !profileRemembered);
  if (held === undefined || chosen) return options;
  const cards = await createModelStore().userCards.list();
  const usual = engineFacts(options, cards).embedderCard.id;
  if (usual === held) return options;
  const own = { ...options, embedder: held, accurate: held === ACCURATE_EMBEDDER };
  try {
    engineFacts(own, cards);
  } catch (error) {
    // A model of a plugin that is not loaded: that the gallery is of another embedder says more.
    if (ModelError.isInstance(error) && error.code === 'MODEL_UNKNOWN') return options;
    throw error;
  }
  if (quiet !== true) say(paint.dim(`the gallery was made with ${held}, which is used instead of ${usual}`));
  return own;
}
