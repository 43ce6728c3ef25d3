import type { GraphProto } from '../onnx/onnx.generated.js';

/** Operators that hand their first input on unchanged at inference time. */
const PASS_THROUGH = new Set(['Identity', 'Dropout']);

/** Drops nodes that hand their input on unchanged; names of graph inputs and outputs stay. Returns how many. */
export function removeIdentities(graph: GraphProto): number {
  const fixed = new Set([...graph.input, ...graph.output, ...graph.initializer].map(({ name }) => name));
  const rename = new Map<string, string>();
  const resolve = (name: string): string => rename.get(name) ?? name;
  const before = graph.node.length;
  graph.node = graph.node.filter((node) => {
    node.input = node.input.map(resolve);
    const [input] = node.input;
    const [output, ...more] = node.output;
    if (!PASS_THROUGH.has(node.opType) || input === undefined || output === undefined) return true;
    if (more.some((name) => name !== '') || fixed.has(output)) return true;
    rename.set(output, input);
    return false;
  });
  return before - graph.node.length + removeBeforeOutputs(graph, fixed);
}

/** `x -> Identity -> output`: the node that makes x makes the output itself. */
function removeBeforeOutputs(graph: GraphProto, fixed: ReadonlySet<string>): number {
  const outputs = new Set(graph.output.map(({ name }) => name));
  const before = graph.node.length;
  for (const node of [...graph.node]) {
    const [input] = node.input;
    const [output] = node.output;
    if (node.opType !== 'Identity' || input === undefined || output === undefined) continue;
    if (!outputs.has(output) || fixed.has(input)) continue;
    const producer = graph.node.find((each) => each.output.includes(input));
    if (producer === undefined) continue;
    graph.node = graph.node.filter((each) => each !== node);
    for (const each of graph.node) {
      each.input = each.input.map((name) => (name === input ? output : name));
      each.output = each.output.map((name) => (name === input ? output : name));
    }
  }
  return before - graph.node.length;
}
