import { readModel, writeModel } from '../onnx/codec.js';
import { constantNodesToInitializers, constantsOutOfInputs } from './constants.js';
import { removeDeadNodes } from './dead-nodes.js';
import { foldAffineIntoConv } from './fold-affine.js';
import { fusePRelu, type LostPRelu } from './fuse-prelu.js';
import { removeIdentities } from './identities.js';

/** What `cleanModel` changed, as counts. */
export interface CleanReport {
  readonly constantsOutOfInputs: number;
  readonly constantNodes: number;
  readonly identities: number;
  /** Batch normalisations and per-channel scales and shifts folded into convolutions. */
  readonly folded: number;
  /** PReLUs spelt out in elementary operators, put together again. */
  readonly fusedPRelu: number;
  readonly deadNodes: number;
  readonly deadInitializers: number;
}

/**
 * Simplifies an ONNX graph without changing what it computes (up to rounding): constants out of the graph inputs,
 * `Constant` nodes to initialisers, identities dropped, batch normalisation folded into convolutions, unused nodes
 * and weights dropped. Input and output names and shapes stay.
 *
 * @throws ModelError MODEL_CORRUPT when the bytes are not an ONNX model.
 */
export function cleanModel(
  bytes: Uint8Array,
  name = 'ONNX model',
  options: { readonly lostPRelu?: LostPRelu } = {},
): { readonly bytes: Uint8Array; readonly report: CleanReport } {
  const model = readModel(bytes, name);
  const { graph } = model;
  const moved = constantsOutOfInputs(model);
  const constantNodes = constantNodesToInitializers(model);
  // Graphs inside nodes may use any outer name, so renaming and folding keep away from such models.
  const nested = graph.node.some((node) =>
    node.attribute.some(({ g, graphs }) => g !== undefined || graphs.length > 0),
  );
  const fusedPRelu = nested ? 0 : fusePRelu(graph, options.lostPRelu);
  const identities = nested ? 0 : removeIdentities(graph);
  const folded = nested ? 0 : foldAffineIntoConv(graph);
  const dead = removeDeadNodes(graph);
  graph.valueInfo = [];
  return {
    bytes: writeModel(model),
    report: {
      constantsOutOfInputs: moved,
      constantNodes,
      identities,
      folded,
      fusedPRelu,
      deadNodes: dead.nodes,
      deadInitializers: dead.initializers,
    },
  };
}
