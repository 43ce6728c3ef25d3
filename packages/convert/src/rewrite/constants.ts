import type { OnnxModel } from '../onnx/codec.js';
import { constantTensor } from '../onnx/node.js';

/** The first IR version in which a constant need not be a graph input. */
const IR_CONSTANTS_APART = 4n;

/**
 * Takes constants out of the graph's inputs, where old exporters put them; left there, runtimes of newer IR versions
 * treat them as values that a caller may override, and fold nothing. Returns how many there were.
 */
export function constantsOutOfInputs(model: OnnxModel): number {
  const { graph } = model;
  const constants = new Set(graph.initializer.map(({ name }) => name));
  const before = graph.input.length;
  graph.input = graph.input.filter(({ name }) => !constants.has(name));
  if (model.irVersion < IR_CONSTANTS_APART) model.irVersion = IR_CONSTANTS_APART;
  return before - graph.input.length;
}

/** Makes initialisers of `Constant` nodes. Returns how many there were. */
export function constantNodesToInitializers({ graph }: OnnxModel): number {
  const before = graph.node.length;
  graph.node = graph.node.filter((node) => {
    const tensor = constantTensor(node);
    const [name] = node.output;
    if (tensor === undefined || name === undefined) return true;
    graph.initializer.push(Object.assign(tensor, { name }));
    return false;
  });
  return before - graph.node.length;
}
