import { opsetOf, readModel } from './codec.js';
import { dimsOf, feedsOf } from './node.js';

/** One line for people: operator set, inputs and outputs with their shapes, `?` for what is open. */
export function describeModel(bytes: Uint8Array): string {
  const model = readModel(bytes);
  const list = (values: ReturnType<typeof feedsOf>): string =>
    values
      .map(
        (value) =>
          `${value.name} ${
            dimsOf(value)
              ?.map((dim) => dim ?? '?')
              .join('x') ?? '?'
          }`,
      )
      .join(', ');
  return `opset ${opsetOf(model)}, ${list(feedsOf(model.graph))} -> ${list(model.graph.output)}`;
}
