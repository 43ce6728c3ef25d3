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
      if (!this.#before(distance, node, this.#distances[parent], this.#nodes[parent])) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#distances[at] = distance;
    this.#nodes[at] = node;
  }

  pop(): void {
    const distance = this.#distances[this.#distances.length - 1];
    const node = this.#nodes[this.#nodes.length - 1];
    this.#distances.pop();
    this.#nodes.pop();
    const size = this.#nodes.length;
    if (size === 0) return;
    const distances = this.#distances;
    const nodes = this.#nodes;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      const right = child + 1;
      if (right < size && this.#before(distances[right], nodes[right], distances[child], nodes[child]))
        child = right;
      if (!this.#before(distances[child], nodes[child], distance, node)) break;
      this.#move(child, at);
      at = child;
    }
    this.#distances[at] = distance;
    this.#nodes[at] = node;
  }

  /** Whether one pair belongs above another. */
  #before(distance: number, node: number, otherDistance: number, otherNode: number): boolean {
    const order = (distance - otherDistance) * this.#sign;
    return order < 0 || (order === 0 && (node - otherNode) * this.#sign < 0);
  }

  #move(from: number, to: number): void {
    this.#distances[to] = this.#distances[from];
    this.#nodes[to] = this.#nodes[from];
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
