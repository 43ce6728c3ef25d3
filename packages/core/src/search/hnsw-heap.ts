/** A binary heap of (distance, node) pairs; equal distances are ordered by node, so that runs repeat exactly. */
export class DistanceHeap {
  readonly #sign: 1 | -1;
  #distances: number[] = [];
  #nodes: number[] = [];

  /** @param top which pair is at the top. */
  constructor(top: 'nearest' | 'farthest') {
    this.#sign = top === 'nearest' ? 1 : -1;
  }

  get size(): number {
    return this.#nodes.length;
  }

  /** Undefined behaviour on an empty heap, as for {@link topNode}. */
  get topDistance(): number {
    return this.#distances[0];
  }

  get topNode(): number {
    return this.#nodes[0];
  }

  push(distance: number, node: number): void {
    let at = this.#nodes.length;
    this.#distances.push(distance);
    this.#nodes.push(node);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  pop(): void {
    const last = this.#nodes.length - 1;
    this.#swap(0, last);
    this.#distances.pop();
    this.#nodes.pop();
    for (let at = 0; ;) {
      let best = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < last && this.#before(child, best)) best = child;
      }
      if (best === at) return;
      this.#swap(at, best);
      at = best;
    }
  }

  #before(a: number, b: number): boolean {
    const order = (this.#distances[a] - this.#distances[b]) * this.#sign;
    return order < 0 || (order === 0 && (this.#nodes[a] - this.#nodes[b]) * this.#sign < 0);
  }

  #swap(a: number, b: number): void {
    [this.#distances[a], this.#distances[b]] = [this.#distances[b], this.#distances[a]];
    [this.#nodes[a], this.#nodes[b]] = [this.#nodes[b], this.#nodes[a]];
  }
}

/** Empties a heap. @returns its pairs, nearest first. */
export function drainFarthest(heap: DistanceHeap): { readonly distance: number; readonly node: number }[] {
  const pairs = new Array<{ distance: number; node: number }>(heap.size);
  for (let i = heap.size - 1; i >= 0; i--) {
    pairs[i] = { distance: heap.topDistance, node: heap.topNode };
    heap.pop();
  }
  return pairs;
}
