import { DistanceHeap, drainFarthest } from './hnsw-heap.js';

export interface HnswGraphOptions {
  /** Links per node and layer; layer 0 has twice as many. */
  readonly m: number;
  readonly efConstruction: number;
}

/** Everything a graph is made of; see {@link HnswGraph.state}. */
export interface HnswGraphState {
  /** Node after node, each of the graph's dimensions. */
  readonly vectors: Float32Array;
  /** Per node its layers, per layer the number of links and the links. */
  readonly links: Int32Array;
  readonly levels: readonly number[];
  readonly entry: number;
  readonly random: number;
}

type Pair = ReturnType<typeof drainFarthest>[number];

/**
 * The graph of Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using Hierarchical
 * Navigable Small World graphs" (TPAMI 2018), algorithms 1, 2, 4 and 5. Nodes are numbered from 0; those that are
 * taken out keep their numbers. Layers are drawn from a seeded generator, so that the same insertions make the same graph.
 *
 * Distances are 1 - dot product or squared Euclidean.
 */
export class HnswGraph {
  readonly #dimensions: number;
  readonly #inner: boolean;
  readonly #m: number;
  readonly #efConstruction: number;
  /** Per node and layer: the number of links, then the links. */
  #links: Int32Array[][] = [];
  #vectors: Float32Array;
  #visited = new Uint32Array(64);
  #round = 0;
  #entry = -1;
  #random = 0x9e3779b9;

  constructor(dimensions: number, inner: boolean, { m, efConstruction }: HnswGraphOptions) {
    this.#dimensions = dimensions;
    this.#inner = inner;
    this.#m = m;
    this.#efConstruction = efConstruction;
    this.#vectors = new Float32Array(64 * dimensions);
  }

  get count(): number {
    return this.#links.length;
  }

  /** A view; do not change it. */
  vector(node: number): Float32Array {
    return this.#vectors.subarray(node * this.#dimensions, (node + 1) * this.#dimensions);
  }

  distance(query: Float32Array, node: number): number {
    const at = node * this.#dimensions;
    return this.#inner ? 1 - dot(query, this.#vectors, at) : squaredDistance(query, this.#vectors, at);
  }

  /** @returns the new node. */
  insert(vector: Float32Array): number {
    const node = this.#append(vector);
    const level = this.#drawLevel();
    this.#links[node] = Array.from({ length: level + 1 }, (_, l) => new Int32Array(this.#room(l) + 1));
    if (this.#entry < 0) {
      this.#entry = node;
      return node;
    }
    const top = this.#links[this.#entry].length - 1;
    let near = this.#descend(vector, level);
    for (let l = Math.min(level, top); l >= 0; l--) {
      const found = this.#searchLayer(vector, near, this.#efConstruction, l, undefined);
      this.#connect(node, this.#select(found, this.#m), l);
      near = found.map((pair) => pair.node);
    }
    if (level > top) this.#entry = node;
    return node;
  }

  /**
   * @param ef candidates kept on the way
   * @param accept nodes that may be results; the others only lead there.
   * @returns at most `ef` pairs, nearest first.
   */
  search(query: Float32Array, ef: number, accept?: (node: number) => boolean): readonly Pair[] {
    if (this.#entry < 0) return [];
    return this.#searchLayer(query, this.#descend(query, 0), ef, 0, accept);
  }

  /**
   * Takes nodes out: nothing leads to them any more, and their vectors are overwritten. Who had a link to one chooses
   * among its neighbours instead. Takes a pass over all links, however few are taken out.
   * @param gone leaves at least one node in the graph, and may hold nodes that have been taken out before.
   */
  detach(gone: ReadonlySet<number>): void {
    for (const [node, layers] of this.#links.entries()) {
      if (gone.has(node)) continue;
      for (const [l, links] of layers.entries()) {
        if (!links.subarray(1, links[0] + 1).some((other) => gone.has(other))) continue;
        const vector = this.vector(node);
        const pairs = this.#beyond(links, l, gone)
          .filter((other) => other !== node)
          .map((other) => ({ node: other, distance: this.distance(vector, other) }))
          .sort((a, b) => a.distance - b.distance || a.node - b.node);
        const kept = this.#select(pairs, this.#room(l));
        links[0] = kept.length;
        links.set(kept, 1);
      }
    }
    for (const node of gone) {
      for (const links of this.#links[node]) links.fill(0);
      this.vector(node).fill(0);
    }
    if (gone.has(this.#entry)) this.#entry = this.#highest(gone);
    this.#reconnect(gone);
  }

  /** Where links lead, passing through those that are gone. */
  #beyond(links: Int32Array, level: number, gone: ReadonlySet<number>): readonly number[] {
    const seen = new Set(links.subarray(1, links[0] + 1));
    for (const node of seen) {
      if (!gone.has(node)) continue;
      const further = this.#links[node][level];
      for (let i = 1; i <= further[0]; i++) seen.add(further[i]);
    }
    return [...seen].filter((node) => !gone.has(node));
  }

  #highest(gone: ReadonlySet<number>): number {
    let best = -1;
    for (const [node, layers] of this.#links.entries()) {
      if (!gone.has(node) && (best < 0 || layers.length > this.#links[best].length)) best = node;
    }
    return best;
  }

  /** Links nodes anew that only those that are gone led to. */
  #reconnect(gone: ReadonlySet<number>): void {
    const reached = new Set([this.#entry]);
    for (const node of reached) {
      const links = this.#links[node][0];
      for (let i = 1; i <= links[0]; i++) reached.add(links[i]);
    }
    for (let node = 0; node < this.count; node++) {
      if (reached.has(node) || gone.has(node)) continue;
      const vector = this.vector(node);
      const found = this.#searchLayer(vector, this.#descend(vector, 0), this.#efConstruction, 0, undefined);
      const others = found.filter((pair) => pair.node !== node);
      this.#connect(node, this.#select(others, this.#m), 0);
    }
  }

  /** The nearest node found greedily on the layers above `level`. */
  #descend(query: Float32Array, level: number): readonly number[] {
    let node = this.#entry;
    let best = this.distance(query, node);
    for (let l = this.#links[node].length - 1; l > level; l--) {
      for (let moved = true; moved;) {
        moved = false;
        const links = this.#links[node][l];
        for (let i = 1; i <= links[0]; i++) {
          const distance = this.distance(query, links[i]);
          if (distance < best) {
            best = distance;
            node = links[i];
            moved = true;
          }
        }
      }
    }
    return [node];
  }

  #searchLayer(
    query: Float32Array,
    from: readonly number[],
    ef: number,
    level: number,
    accept: ((node: number) => boolean) | undefined,
  ): Pair[] {
    this.#round++;
    const candidates = new DistanceHeap('nearest');
    const results = new DistanceHeap('farthest');
    const offer = (node: number): void => {
      if (this.#visited[node] === this.#round) return;
      this.#visited[node] = this.#round;
      const distance = this.distance(query, node);
      if (results.size >= ef && distance >= results.topDistance) return;
      candidates.push(distance, node);
      if (accept !== undefined && !accept(node)) return;
      results.push(distance, node);
      if (results.size > ef) results.pop();
    };
    for (const node of from) offer(node);
    while (candidates.size > 0) {
      if (results.size >= ef && candidates.topDistance > results.topDistance) break;
      const links = this.#links[candidates.topNode][level];
      candidates.pop();
      for (let i = 1; i <= links[0]; i++) offer(links[i]);
    }
    return drainFarthest(results);
  }

  /** Algorithm 4: a candidate is linked only when it is nearer to the node than to every link chosen before. */
  #select(candidates: readonly Pair[], count: number): readonly number[] {
    const chosen: number[] = [];
    const passed: number[] = [];
    for (const { distance, node } of candidates) {
      if (chosen.length >= count) break;
      const vector = this.vector(node);
      if (chosen.every((other) => this.distance(vector, other) >= distance)) chosen.push(node);
      else passed.push(node);
    }
    return chosen.concat(passed.slice(0, Math.max(0, count - chosen.length)));
  }

  #connect(node: number, neighbours: readonly number[], level: number): void {
    const own = this.#links[node][level];
    own[0] = neighbours.length;
    own.set(neighbours, 1);
    const room = this.#room(level);
    for (const neighbour of neighbours) {
      const links = this.#links[neighbour][level];
      if (links[0] < room) {
        links[++links[0]] = node;
        continue;
      }
      const vector = this.vector(neighbour);
      const pairs = [node, ...links.subarray(1)].map((other) => ({
        node: other,
        distance: this.distance(vector, other),
      }));
      pairs.sort((a, b) => a.distance - b.distance || a.node - b.node);
      const kept = this.#select(pairs, room);
      links[0] = kept.length;
      links.set(kept, 1);
    }
  }

  #room(level: number): number {
    return level === 0 ? 2 * this.#m : this.#m;
  }

  #append(vector: Float32Array): number {
    const node = this.#links.length;
    this.#links.push([]);
    if (node >= this.#visited.length) {
      const visited = new Uint32Array(this.#visited.length * 2);
      visited.set(this.#visited);
      this.#visited = visited;
      const vectors = new Float32Array(visited.length * this.#dimensions);
      vectors.set(this.#vectors);
      this.#vectors = vectors;
    }
    this.#vectors.set(vector, node * this.#dimensions);
    return node;
  }

  /** Exponentially distributed with scale 1 / ln(m), as the paper recommends; numbers from mulberry32. */
  #drawLevel(): number {
    this.#random = (this.#random + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#random ^ (this.#random >>> 15), this.#random | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    const uniform = (((mixed ^ (mixed >>> 14)) >>> 0) + 1) / 4294967297;
    return Math.min(30, Math.floor(-Math.log(uniform) / Math.log(Math.max(2, this.#m))));
  }

  state(): HnswGraphState {
    const flat: number[] = [];
    for (const layers of this.#links) {
      for (const links of layers) for (let i = 0; i <= links[0]; i++) flat.push(links[i]);
    }
    return {
      vectors: this.#vectors.slice(0, this.count * this.#dimensions),
      links: Int32Array.from(flat),
      levels: this.#links.map((layers) => layers.length - 1),
      entry: this.#entry,
      random: this.#random,
    };
  }

  /** Becomes the graph that `state()` described. @throws Error when the parts do not belong together. */
  restore({ vectors, links, levels, entry, random }: HnswGraphState): void {
    const count = levels.length;
    if (vectors.length !== count * this.#dimensions) throw new Error('vectors and levels differ in number');
    if (count === 0 ? entry !== -1 : !(entry >= 0 && entry < count)) throw new Error('the entry is no node');
    let at = 0;
    this.#links = levels.map((level) =>
      Array.from({ length: level + 1 }, (_, l) => {
        const room = this.#room(l);
        const used = links[at] ?? -1;
        if (used < 0 || used > room || at + used >= links.length)
          throw new Error('a node has too many links');
        const layer = new Int32Array(room + 1);
        layer.set(links.subarray(at, at + used + 1));
        at += used + 1;
        for (let i = 1; i <= used; i++) {
          if (!(layer[i] >= 0 && layer[i] < count && levels[layer[i]] >= l))
            throw new Error('a link leads nowhere');
        }
        return layer;
      }),
    );
    if (at !== links.length) throw new Error('links are left over');
    this.#vectors = new Float32Array(Math.max(64, count) * this.#dimensions);
    this.#vectors.set(vectors);
    this.#visited = new Uint32Array(Math.max(64, count));
    this.#round = 0;
    this.#entry = entry;
    this.#random = random;
  }
}

/** Four sums side by side: one alone waits for its last addition before each next. */
function dot(a: Float32Array, b: Float32Array, at: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const whole = a.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    s0 += a[i] * b[at + i];
    s1 += a[i + 1] * b[at + i + 1];
    s2 += a[i + 2] * b[at + i + 2];
    s3 += a[i + 3] * b[at + i + 3];
  }
  for (let i = whole; i < a.length; i++) s0 += a[i] * b[at + i];
  return s0 + s1 + (s2 + s3);
}

function squaredDistance(a: Float32Array, b: Float32Array, at: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const whole = a.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    const d0 = a[i] - b[at + i];
    const d1 = a[i + 1] - b[at + i + 1];
    const d2 = a[i + 2] - b[at + i + 2];
    const d3 = a[i + 3] - b[at + i + 3];
    s0 += d0 * d0;
    s1 += d1 * d1;
    s2 += d2 * d2;
    s3 += d3 * d3;
  }
  for (let i = whole; i < a.length; i++) s0 += (a[i] - b[at + i]) ** 2;
  return s0 + s1 + (s2 + s3);
}
