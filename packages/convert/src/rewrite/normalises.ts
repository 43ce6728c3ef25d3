import { readModel } from '../onnx/codec.js';
import { feedsOf } from '../onnx/node.js';

const ARITHMETIC = new Set(['Sub', 'Add', 'Mul', 'Div', 'BatchNormalization']);
const PASSING = new Set(['Identity', 'Transpose', 'Cast']);

/**
 * True when the first thing that a graph does to its input is to shift and scale it: then it takes plain pixels.
 * (Sub and Mul in front are how MXNet's exports of ArcFace begin.)
 * @throws ModelError MODEL_CORRUPT when the bytes are not an ONNX model.
 */
export function normalisesInput(bytes: Uint8Array, file = 'ONNX model'): boolean {
  const { graph } = readModel(bytes, file);
  let value: string | undefined = feedsOf(graph)[0]?.name;
  while (value !== undefined) {
    const name: string = value;
    const users = graph.node.filter(({ input }) => input.includes(name));
    if (users.length > 0 && users.every(({ opType }) => ARITHMETIC.has(opType))) return true;
    const [only, ...more] = users;
    value = only !== undefined && more.length === 0 && PASSING.has(only.opType) ? only.output[0] : undefined;
  }
  return false;
}
