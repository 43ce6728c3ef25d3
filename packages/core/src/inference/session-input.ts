import type { InferenceSession, Tensor } from '../contracts/inference.js';
import { ModelError } from '../errors.js';
import type { InputSpec, ModelCard } from '../models/card.js';

/** The graph input that pictures go into. @throws ModelError when the card names one that the graph lacks. */
export function inputName(card: ModelCard, session: InferenceSession): string {
  const names = session.inputs.map((input) => input.name);
  const name = card.input.name ?? names[0];
  if (name === undefined || !names.includes(name)) {
    throw new ModelError(
      'MODEL_CARD_INVALID',
      `Model "${card.id}": the graph has no input "${card.input.name ?? ''}"; it has ${names.join(', ')}.`,
    );
  }
  return name;
}

/** A batch of pictures as a tensor in the card's layout. */
export function inputTensor(
  input: InputSpec,
  data: Float32Array,
  batch: number,
  width: number,
  height: number,
): Tensor {
  const channels = input.channels === 'gray' ? 1 : 3;
  const dims = input.layout === 'nchw' ? [batch, channels, height, width] : [batch, height, width, channels];
  return { type: 'float32', dims, data };
}
