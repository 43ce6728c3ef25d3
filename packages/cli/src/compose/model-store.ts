import type { ModelCard } from '@fr-stream/core';
import { NodeModelStore, type NodeModelStoreOptions } from '@fr-stream/backend-node';
import { MODEL_CARDS } from '@fr-stream/models';

/** The user's model store, able to make derived models; the converter's code is loaded when one is made. */
export function createModelStore(options: NodeModelStoreOptions = {}): NodeModelStore {
  return new NodeModelStore({
    converter: async () => (await import('@fr-stream/convert')).converter,
    ...options,
  });
}

/** The cards that come with fr-stream, then those of models that the user has added. */
export async function knownCards(store: NodeModelStore): Promise<readonly ModelCard[]> {
  return [...MODEL_CARDS, ...(await store.userCards.list())];
}
