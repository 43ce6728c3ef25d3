/** Maps in order with up to `most` calls under way, and pulls no more than that ahead. */
export async function* mapAhead<In, Out>(
  source: AsyncIterable<In> | Iterable<In>,
  most: number,
  project: (value: In) => Promise<Out>,
): AsyncGenerator<Out> {
  const running: Promise<Out>[] = [];
  try {
    for await (const value of source) {
      const result = project(value);
      // Its turn to be awaited may come after it has failed.
      result.catch(() => undefined);
      running.push(result);
      const first = running.length >= most ? running.shift() : undefined;
      if (first !== undefined) yield await first;
    }
    for (let first = running.shift(); first !== undefined; first = running.shift()) yield await first;
  } finally {
    await Promise.allSettled(running);
  }
}
