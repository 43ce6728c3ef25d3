import { DistanceHeap, drainFarthest } from './hnsw-heap.js';
import {
  KernelVectorTable,
  PROBE,
  ScriptVectorTable,
  type VectorTable,
  type VectorTableOptions,
} from './vector-table.js';

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
 * With so many vectors they move into WebAssembly: a process may have many small graphs, but each memory of WebAssembly
 * takes ten gigabytes of addresses.
 */
const KERNEL_FROM = 512;

/**
 * Candidates kept on the layers above the lowest while searching, where the paper keeps one. Where people have more faces than
 * candidates are kept, hardly a link leads from one person to another on the lowest layer: who gets there at somebody
 * else's faces stays there.
 */
const BEAM = 16;

/**
 * The graph of Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using Hierarchical
 * Navigable Small World graphs" (TPAMI 2018), algorithms 1, 2, 4 and 5. Nodes are numbered from 0; those that are
 * taken out keep their numbers. Layers are drawn from a seeded generator, so that the same insertions make the same graph.
 *
 * Distances are 1 - dot product or squared Euclidean, in single precision.
 */
export class HnswGraph {
  readonly #dimensions: number;
  readonly #m: number;
  readonly #efConstruction: number;
  /** Per node and layer: the number of links, then the links. */
  #links: Int32Array[][] = [];
  readonly #tableOptions: VectorTableOptions;
  #table: VectorTable;
  #visited = new Uint32Array(64);
  #round = 0;
  #entry = -1;
  #random = 0x9e3779b9;

  constructor(dimensions: number, inner: boolean, { m, efConstruction }: HnswGraphOptions) {
    this.#dimensions = dimensions;
    this.#m = m;
    this.#efConstruction = efConstruction;
    // As many as are found while inserting, or lie beyond all neighbours of a node when these are taken out.
    this.#tableOptions = { dimensions, inner, most: Math.max(2 * m * (2 * m + 1), efConstruction) };
    this.#table = new ScriptVectorTable(this.#tableOptions);
  }

  get count(): number {
    return this.#links.length;
  }

  /** A view, valid until the next insertion; do not change it. */
  vector(node: number): Float32Array {
    return this.#table.vector(node);
  }

  /** In single precision. */
  distance(query: Float32Array, node: number): number {
    this.#table.setProbe(query);
    return this.#between(PROBE, node);
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
    let near = this.#descend(node, level);
    for (let l = Math.min(level, top); l >= 0; l--) {
      const found = this.#searchLayer(node, near, this.#efConstruction, l, undefined);
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
    this.#table.setProbe(query);
    let near: readonly number[] = [this.#entry];
    for (let l = this.#links[this.#entry].length - 1; l > 0; l--)
      near = this.#searchLayer(PROBE, near, BEAM, l, undefined).map((pair) => pair.node);
    return this.#searchLayer(PROBE, near, ef, 0, accept);
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
        const pairs = this.#beyond(links, l, gone)
          .filter((other) => other !== node)
          .map((other) => ({ node: other, distance: this.#between(node, other) }))
          .sort(nearestFirst);
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
      const found = this.#searchLayer(node, this.#descend(node, 0), this.#efConstruction, 0, undefined);
      const others = found.filter((pair) => pair.node !== node);
      this.#connect(node, this.#select(others, this.#m), 0);
    }
  }

  /** @param from a node, or PROBE. */
  #between(from: number, node: number): number {
    this.#table.nodes[0] = node;
    this.#table.measure(from, 1);
    return this.#table.distances[0];
  }

  /** The nearest node found greedily on the layers above `level`. @param query a node, or PROBE. */
  #descend(query: number, level: number): readonly number[] {
    const { nodes, distances } = this.#table;
    let node = this.#entry;
    let best = this.#between(query, node);
    for (let l = this.#links[node].length - 1; l > level; l--) {
      for (let moved = true; moved;) {
        moved = false;
        const links = this.#links[node][l];
        const count = links[0];
        for (let i = 0; i < count; i++) nodes[i] = links[i + 1];
        this.#table.measure(query, count);
        for (let i = 0; i < count; i++) {
          if (distances[i] >= best) continue;
          best = distances[i];
          node = nodes[i];
          moved = true;
        }
      }
    }
    return [node];
  }

  /** @param query a node, or PROBE. */
  #searchLayer(
    query: number,
    from: readonly number[],
    ef: number,
    level: number,
    accept: ((node: number) => boolean) | undefined,
  ): Pair[] {
    const { nodes, distances } = this.#table;
    const visited = this.#visited;
    const round = ++this.#round;
    const candidates = new DistanceHeap('nearest');
    const results = new DistanceHeap('farthest');
    /** Of the nodes that were not met before, which lie in `nodes`. */
    const offer = (count: number): void => {
      this.#table.measure(query, count);
      for (let i = 0; i < count; i++) {
        const distance = distances[i];
        if (results.size >= ef && distance >= results.topDistance) continue;
        const node = nodes[i];
        candidates.push(distance, node);
        if (accept !== undefined && !accept(node)) continue;
        results.push(distance, node);
        if (results.size > ef) results.pop();
      }
    };
    for (const node of from) {
      visited[node] = round;
      nodes[0] = node;
      offer(1);
    }
    while (candidates.size > 0) {
      if (results.size >= ef && candidates.topDistance > results.topDistance) break;
      const links = this.#links[candidates.topNode][level];
      candidates.pop();
      let count = 0;
      for (let i = 1; i <= links[0]; i++) {
        const node = links[i];
        if (visited[node] === round) continue;
        visited[node] = round;
        nodes[count++] = node;
      }
      offer(count);
    }
    return drainFarthest(results);
  }

  /** Algorithm 4: a candidate is linked only when it is nearer to the node than to every link chosen before. */
  #select(candidates: readonly Pair[], count: number): readonly number[] {
    const { nodes, distances, chosen } = this.#table;
    // Where many were taken out, more lie beyond than there is room for; the farthest would not be chosen.
    const size = Math.min(candidates.length, nodes.length);
    for (let i = 0; i < size; i++) {
      nodes[i] = candidates[i].node;
      distances[i] = candidates[i].distance;
    }
    const taken = this.#table.select(size, count);
    const links: number[] = [];
    for (let i = 0; i < taken; i++) links.push(candidates[chosen[i]].node);
    // Room that is left goes to the nearest of the others.
    for (let i = 0, next = 0; i < candidates.length && links.length < count; i++) {
      if (next < taken && chosen[next] === i) next++;
      else links.push(candidates[i].node);
    }
    return links;
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
      const { nodes, distances } = this.#table;
      nodes.set(links.subarray(1));
      nodes[room] = node;
      this.#table.measure(neighbour, room + 1);
      const pairs: Pair[] = [];
      for (let i = 0; i <= room; i++) pairs.push({ node: nodes[i], distance: distances[i] });
      pairs.sort(nearestFirst);
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
    }
    if (node === KERNEL_FROM) this.#table = this.#faster();
    try {
      this.#table.append(vector);
    } catch {
      // A memory of WebAssembly holds four gigabytes at most.
      this.#table = this.#copy(new ScriptVectorTable(this.#tableOptions));
      this.#table.append(vector);
    }
    return node;
  }

  #copy(table: VectorTable): VectorTable {
    for (let node = 0; node < this.#table.count; node++) table.append(this.#table.vector(node));
    return table;
  }

  /** The vectors where distances are measured faster, if there is such a place. */
  #faster(): VectorTable {
    try {
      return this.#copy(new KernelVectorTable(this.#tableOptions));
    } catch {
      // No WebAssembly, no SIMD, no memory for it, or a page that forbids compiling it.
      return this.#table;
    }
  }

  /** Exponentially distributed with scale 1 / ln(m), as the paper recommends; numbers from mulberry32. */
  #drawLevel(): number {
    this.#random = (this.#random + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#random ^ (this.#random >>> 15), this.#random | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    const uniform = (((mixed ^ (mixed >>> 14)) >>> 0) + 1) / 4294967297;
    return Math.min(30, Math.floor(-Math.log(uniform) / Math.log(Math.max(2, this.#m))));
  }

  #allVectors(): Float32Array {
    const vectors = new Float32Array(this.count * this.#dimensions);
    for (let node = 0; node < this.count; node++) vectors.set(this.vector(node), node * this.#dimensions);
    return vectors;
  }

  state(): HnswGraphState {
    const flat: number[] = [];
    for (const layers of this.#links) {
      for (const links of layers) for (let i = 0; i <= links[0]; i++) flat.push(links[i]);
    }
    return {
      vectors: this.#allVectors(),
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
    this.#table = new ScriptVectorTable(this.#tableOptions);
    if (count > KERNEL_FROM) this.#table = this.#faster();
    for (let node = 0; node < count; node++) {
      this.#table.append(vectors.subarray(node * this.#dimensions, (node + 1) * this.#dimensions));
    }
    this.#visited = new Uint32Array(Math.max(64, count));
    this.#round = 0;
    this.#entry = entry;
    this.#random = random;
  }
}

function nearestFirst(a: Pair, b: Pair): number {
  return a.distance - b.distance || a.node - b.node;
}
