import type { ModelCard, ModelConverter } from '@fr-stream/core';

/**
 * A model that was exported for one face, made to take several in one run: on a GPU a run costs much more than its
 * arithmetic. (On a CPU it gains nothing: `tools/convert/measure.ts`.)
 * @param converter loads what changes the graph, when that is needed.
 * @returns card and model as they were when the graph does not allow it.
 */
export async function freeBatch<Card extends ModelCard>(
  card: Card,
  model: Uint8Array,
  converter: () => Promise<ModelConverter>,
): Promise<{ readonly card: Card; readonly model: Uint8Array }> {
  if (card.input.dynamicBatch === true) return { card, model };
  const freed = (await converter()).freeBatch(model, card.id);
  if (freed === undefined) return { card, model };
  return { card: { ...card, input: { ...card.input, dynamicBatch: true } }, model: freed };
}
