import { constantsOf, newNode } from '../onnx/node.js';
import type { GraphProto, NodeProto, TensorProto } from '../onnx/onnx.generated.js';
import { DataType, floatTensor, floatValues } from '../onnx/tensor.js';

interface NegativePart {
  /** The value that is clipped. */
  readonly input: string;
  /** What the constant factor must be multiplied by to give the slope. */
  readonly gain: number;
}

/**
 * What to do with a PReLU whose negative side an earlier converter lost: it fused the ReLU of the first spelling into
 * the layer before, so that |y| is taken of y = relu(x), which is y. `drop` replaces the spelling by y, which is what
 * it computes; `restore` makes it the PReLU of x that was trained, so that results differ from the file's.
 */
export type LostPRelu = 'drop' | 'restore';

/**
 * Puts PReLUs together again that exporters spell out in elementary operators. Two spellings are known, with x the
 * input and c a constant:
 *
 * - `relu(x) + c * (x - |x|)`, where x - |x| is 2x for negative x, so the slope is 2c;
 * - `max(x, 0) + c * min(x, 0)`, slope c.
 *
 * The replacement gives the same values exactly. The nodes replaced are left for `removeDeadNodes`.
 *
 * @returns How many were put together.
 */
export function fusePRelu(graph: GraphProto, lost: LostPRelu = 'drop'): number {
  const constants = constantsOf(graph);
  const producers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
  let count = 0;
  graph.node = graph.node.map((node) => {
    if (node.opType !== 'Add' && node.opType !== 'Sum') return node;
    const [output] = node.output;
    if (output === undefined || node.input.length !== 2) return node;
    for (const [positive, negative] of bothOrders(node)) {
      const scaled = producers.get(negative);
      if (scaled?.opType !== 'Mul') continue;
      for (const [factor, part] of bothOrders(scaled)) {
        const constant = constants.get(factor);
        const half = negativePart(producers.get(part), producers, constants);
        if (constant?.dataType !== DataType.FLOAT || half === undefined) continue;
        const clipped = positive === half.input ? reluInput(producers.get(positive)) : undefined;
        if (clipped !== undefined && lost === 'drop') {
          count++;
          return newNode('Identity', node.name, [positive], [output]);
        }
        if (clipped === undefined && !isPositivePart(producers.get(positive), half.input, constants))
          continue;
        const slope = floatTensor(
          `${output}/slope`,
          constant.dims.map(Number),
          floatValues(constant).map((value) => value * half.gain),
        );
        graph.initializer.push(slope);
        count++;
        return newNode('PRelu', node.name, [clipped ?? half.input, slope.name], [output]);
      }
    }
    return node;
  });
  return count;
}

function bothOrders(node: NodeProto): (readonly [string, string])[] {
  const [a = '', b = ''] = node.input;
  return [
    [a, b],
    [b, a],
  ];
}

function reluInput(node: NodeProto | undefined): string | undefined {
  return node?.opType === 'Relu' ? node.input[0] : undefined;
}

function isZero(constant: TensorProto | undefined): boolean {
  return constant?.dataType === DataType.FLOAT && floatValues(constant).every((value) => value === 0);
}

function isPositivePart(
  node: NodeProto | undefined,
  input: string,
  constants: ReadonlyMap<string, TensorProto>,
): boolean {
  if (node?.opType === 'Relu') return node.input[0] === input;
  return (
    node?.opType === 'Max' && bothOrders(node).some(([x, zero]) => x === input && isZero(constants.get(zero)))
  );
}

function negativePart(
  node: NodeProto | undefined,
  producers: ReadonlyMap<string, NodeProto>,
  constants: ReadonlyMap<string, TensorProto>,
): NegativePart | undefined {
  const [first = '', second = ''] = node?.input ?? [];
  if (node?.opType === 'Sub') {
    const magnitude = producers.get(second);
    return magnitude?.opType === 'Abs' && magnitude.input[0] === first
      ? { input: first, gain: 2 }
      : undefined;
  }
  if (node?.opType !== 'Min') return undefined;
  const clipped = bothOrders(node).find(([, zero]) => isZero(constants.get(zero)));
  return clipped === undefined ? undefined : { input: clipped[0], gain: 1 };
}
