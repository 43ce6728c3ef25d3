import type { GraphProto } from '../onnx/onnx.generated.js';

/**
 * Drops nodes that no output needs, and initialisers that no node or output needs. Inputs that
 * the caller feeds stay. Graphs inside nodes (If, Loop) may use any outer value; where there are such, nothing is dropped.
 */
export function removeDeadNodes(graph: GraphProto): {
  readonly nodes: number;
  readonly initializers: number;
} {
  if (
    graph.node.some((node) => node.attribute.some(({ g, graphs }) => g !== undefined || graphs.length > 0))
  ) {
    return { nodes: 0, initializers: 0 };
  }
  const needed = new Set(graph.output.map(({ name }) => name));
  // Nodes are sorted by the ONNX specification, so one pass from the end sees every use before the definition.
  const kept = graph.node.toReversed().filter((node) => {
    const live = node.output.some((output) => needed.has(output));
    if (live) for (const input of node.input) needed.add(input);
    return live;
  });
  const before = { nodes: graph.node.length, initializers: graph.initializer.length };
  graph.node = kept.reverse();
  const unused = new Set(graph.initializer.flatMap(({ name }) => (needed.has(name) ? [] : [name])));
  graph.initializer = graph.initializer.filter(({ name }) => !unused.has(name));
  // In files of IR version 3 constants are inputs too; left there they would have to be fed.
  graph.input = graph.input.filter(({ name }) => !unused.has(name));
  const dropped = before.initializers - graph.initializer.length;
  return { nodes: before.nodes - graph.node.length, initializers: dropped };
}
