/**
 * Distances between vectors that lie one after the other, in 16 sums side by side that are added in a fixed order:
 * `vector-table.ts` does the same in JavaScript, to the last bit.
 */

/** Between two vectors of `dimensions` numbers, padded with zeros to a multiple of 16. */
@inline
function between(a: usize, b: usize, bytes: usize, inner: bool): f32 {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  const end = a + bytes;
  if (inner) {
    for (; a < end; a += 64, b += 64) {
      s0 = f32x4.add(s0, f32x4.mul(v128.load(a), v128.load(b)));
      s1 = f32x4.add(s1, f32x4.mul(v128.load(a, 16), v128.load(b, 16)));
      s2 = f32x4.add(s2, f32x4.mul(v128.load(a, 32), v128.load(b, 32)));
      s3 = f32x4.add(s3, f32x4.mul(v128.load(a, 48), v128.load(b, 48)));
    }
  } else {
    for (; a < end; a += 64, b += 64) {
      const d0 = f32x4.sub(v128.load(a), v128.load(b));
      const d1 = f32x4.sub(v128.load(a, 16), v128.load(b, 16));
      const d2 = f32x4.sub(v128.load(a, 32), v128.load(b, 32));
      const d3 = f32x4.sub(v128.load(a, 48), v128.load(b, 48));
      s0 = f32x4.add(s0, f32x4.mul(d0, d0));
      s1 = f32x4.add(s1, f32x4.mul(d1, d1));
      s2 = f32x4.add(s2, f32x4.mul(d2, d2));
      s3 = f32x4.add(s3, f32x4.mul(d3, d3));
    }
  }
  const sum = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
  const total =
    f32x4.extract_lane(sum, 0) +
    f32x4.extract_lane(sum, 1) +
    (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3));
  return inner ? <f32>1 - total : total;
}

/**
 * @param from address of a vector
 * @param nodes addresses of so many i32: places in the table
 * @param table address of the first vector
 * @param bytes of a vector, a multiple of 64
 * @param inner 1 - dot product, else squared Euclidean
 * @param out room for as many f32
 */
export function measure(
  from: usize,
  nodes: usize,
  count: i32,
  table: usize,
  bytes: usize,
  inner: bool,
  out: usize,
): void {
  for (let i = 0; i < count; i++, nodes += 4, out += 4) {
    store<f32>(out, between(from, table + <usize>load<i32>(nodes) * bytes, bytes, inner));
  }
}

/**
 * Chooses neighbours among candidates, nearest first: one is taken only when it is nearer to the node that is to have
 * them than to each that was taken before (algorithm 4 of Malkov and Yashunin).
 *
 * @param distances of the candidates from that node, f32
 * @param wanted the most to be taken
 * @param chosen room for so many i32: places among the candidates
 * @returns how many were taken
 */
export function select(
  nodes: usize,
  distances: usize,
  count: i32,
  table: usize,
  bytes: usize,
  inner: bool,
  wanted: i32,
  chosen: usize,
): i32 {
  let taken = 0;
  for (let i = 0; i < count && taken < wanted; i++) {
    const limit = load<f32>(distances + (<usize>i << 2));
    const from = table + <usize>load<i32>(nodes + (<usize>i << 2)) * bytes;
    let near = false;
    for (let j = 0; j < taken && !near; j++) {
      const other = load<i32>(nodes + (<usize>load<i32>(chosen + (<usize>j << 2)) << 2));
      near = between(from, table + <usize>other * bytes, bytes, inner) < limit;
    }
    if (near) continue;
    store<i32>(chosen + (<usize>taken << 2), i);
    taken++;
  }
  return taken;
}
