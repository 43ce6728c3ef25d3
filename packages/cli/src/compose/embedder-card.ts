import type { EmbedderCard } from '@fr-stream/core';
import { findCardFor, findFusion } from '@fr-stream/models';
import { createModelStore, knownCards } from './model-store.js';

/**
 * What is known of the similarities of the embedder that made kept vectors: a model of ours, a fusion, or a
 * user-supplied one.
 * @throws ModelError (MODEL_UNKNOWN)
 */
export async function embedderCardOf(id: string): Promise<Pick<EmbedderCard, 'id' | 'thresholds'>> {
  return findFusion(id) ?? findCardFor('embedder', id, await knownCards(createModelStore()));
}
