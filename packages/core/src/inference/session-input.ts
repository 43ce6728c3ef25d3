import type { InferenceSession, Tensor } from '../contracts/inference.js';
import { ModelError } from '../errors.js';
import type { ModelCard } from '../models/card.js';
import type { InputSpec } from '../models/input-spec.js';

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

/**
 * The graph output that a card means: the one that it names, or the only one there is.
 * @throws ModelError when the card names none and there are several.
 */
export function onlyOutput(card: ModelCard, named: string | undefined, session: InferenceSession): string {
  const names = session.outputs.map((output) => output.name);
  if (named !== undefined) return named;
  const [only, ...others] = names;
  if (only !== undefined && others.length === 0) return only;
  throw new ModelError(
    'MODEL_CARD_INVALID',
    `Model "${card.id}": the card names no output, and the graph has ${names.length}: ${names.join(', ')}.`,
  );
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
