import {
  averageLink,
  clusterFaces,
  FlatIndex,
  l2Normalize,
  neighbourGraph,
  type ClusterFace,
  type ClusterFacesOptions,
} from '@fr-stream/core';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../tracking/random.js';

/** A unit vector in a plane, at an angle in degrees. */
function at(degrees: number): Float32Array {
  const angle = (degrees * Math.PI) / 180;
  return Float32Array.of(Math.cos(angle), Math.sin(angle), 0);
}
const cosine = (degrees: number) => Math.cos((degrees * Math.PI) / 180);
const face = (id: string, degrees: number, extra: Partial<ClusterFace> = {}): ClusterFace => ({
  id,
  vector: at(degrees),
  ...extra,
});

async function cluster(faces: readonly ClusterFace[], options: Partial<ClusterFacesOptions> = {}) {
  await using index = new FlatIndex(faces[0]?.vector.length ?? 3);
  await index.add(faces.map(({ id, vector }) => ({ id, vector })));
  return await clusterFaces(faces, index, { threshold: cosine(25), linkThreshold: cosine(15), ...options });
}
const ids = (clusters: Awaited<ReturnType<typeof cluster>>) =>
  clusters.map(({ person, faces }) => (person === undefined ? [...faces] : [`${person}:`, ...faces]));

describe('clusterFaces', () => {
  it('finds how many people there are, and leaves the lonely alone', async () => {
    const faces = [
      face('a1', 0),
      face('b1', 90),
      face('a2', 10),
      face('c', 200),
      face('b2', 95),
      face('a3', 20),
    ];
    expect(ids(await cluster(faces))).toEqual([
      ['a1', 'a2', 'a3'],
      ['b1', 'b2'],
    ]);
    expect(ids(await cluster(faces, { minFaces: 3 }))).toEqual([['a1', 'a2', 'a3']]);
    expect(ids(await cluster(faces, { minFaces: 1 }))).toHaveLength(3);
  });

  it('does not chain from one person to the next', async () => {
    // Ten degrees apart: every face links to the next, but the ends are 90 degrees apart.
    const chain = Array.from({ length: 10 }, (_, i) => face(`f${i}`, i * 10));
    const clusters = await cluster(chain);
    expect(clusters.length).toBeGreaterThan(1);
    for (const { faces } of clusters) expect(faces.length).toBeLessThanOrEqual(5);
  });

  it('gives the same groups whatever the order of the faces', async () => {
    const random = randomFrom(3);
    const faces = Array.from({ length: 60 }, (_, i) =>
      face(`f${i}`, random() * 360, { picture: `${i % 20}` }),
    );
    const first = await cluster(faces);
    const shuffled = [...faces].sort(() => random() - 0.5);
    expect(await cluster(shuffled)).toEqual(first);
    expect(first.length).toBeGreaterThan(5);
  });

  it('never puts two faces of one picture together, nor what was rejected', async () => {
    const twins = [face('a1', 0, { picture: 'x' }), face('a2', 1, { picture: 'x' }), face('a3', 2)];
    expect(ids(await cluster(twins))).toEqual([['a2', 'a3']]);
    const alike = [face('a', 0), face('b', 1), face('c', 2)];
    // b and c are the nearest after a and b; of equal pairs the first counts.
    expect(ids(await cluster(alike, { rejections: [['b', 'a']] }))).toEqual([['b', 'c']]);
  });

  it('adds new faces to people, keeps people apart and moves nobody', async () => {
    const faces = [
      face('p1', 0, { person: 'p', picture: 'x' }),
      // Far from p1, but the user said so.
      face('p2', 60, { person: 'p' }),
      face('q1', 5, { person: 'q' }),
      face('new1', 2),
      face('new2', 58),
      face('new3', 1, { picture: 'x' }),
    ];
    const clusters = await cluster(faces, { threshold: cosine(45) });
    const q = clusters.find(({ person }) => person === 'q');
    const p = clusters.find(({ person }) => person === 'p');
    expect(q?.faces).toContain('new3');
    expect(p?.faces).toContain('new2');
    expect([...(p?.faces ?? []), ...(q?.faces ?? [])]).not.toContain('p1');
  });

  it('honours a face that is not a person, and people who are not one', async () => {
    const faces = [face('p1', 0, { person: 'p' }), face('new', 1)];
    expect(ids(await cluster(faces))).toEqual([['p:', 'new']]);
    expect(ids(await cluster(faces, { rejections: [['p', 'new']] }))).toEqual([]);
    expect(ids(await cluster(faces, { rejections: [['gone', 'new']] }))).toEqual([['p:', 'new']]);
  });

  it('refuses a threshold that is none', async () => {
    await expect(cluster([face('a', 0)], { threshold: Number.NaN })).rejects.toThrow(/no threshold/);
  });
});

describe('averageLink', () => {
  /** The definition: join the two clusters with the highest mean of pairs, again and again. */
  function naive(
    vectors: readonly Float32Array[],
    threshold: number,
    picture: (face: number) => number = (face) => face,
  ): number[] {
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);
    const clusters = vectors.map((_, i) => [i]);
    for (;;) {
      let best = { similarity: threshold, a: -1, b: -1 };
      clusters.forEach((one, a) =>
        clusters.forEach((two, b) => {
          if (b <= a || one.some((i) => two.some((j) => picture(i) === picture(j)))) return;
          let sum = 0;
          for (const i of one) for (const j of two) sum += dot(vectors[i], vectors[j]);
          const similarity = sum / (one.length * two.length);
          if (similarity >= best.similarity) best = { similarity, a, b };
        }),
      );
      if (best.a < 0) break;
      clusters[best.a].push(...clusters[best.b]);
      clusters.splice(best.b, 1);
    }
    const label = new Array<number>(vectors.length);
    clusters.forEach((members, i) => members.forEach((member) => (label[member] = i)));
    const seen = new Map<number, number>();
    return label.map((one) => {
      const number = seen.get(one) ?? seen.size;
      seen.set(one, number);
      return number;
    });
  }

  async function graphOf(seed: number) {
    const random = randomFrom(seed);
    const vectors = Array.from({ length: 60 }, () =>
      l2Normalize(Float32Array.from({ length: 4 }, () => random() - 0.5)),
    );
    await using index = new FlatIndex(4);
    const names = vectors.map((_, i) => String(i));
    await index.add(vectors.map((vector, i) => ({ id: names[i], vector })));
    const graph = await neighbourGraph(index, names, vectors, { neighbours: 60 });
    return { vectors, graph };
  }

  it.each([1, 2, 3, 4])('equals the definition on random vectors, seed %i', async (seed) => {
    const { vectors, graph } = await graphOf(seed);
    const labels = averageLink(graph, vectors, { threshold: 0.6 });
    expect([...labels]).toEqual(naive(vectors, 0.6));
    expect(new Set(labels).size).toBeGreaterThan(5);
  });

  it.each([1, 2, 3, 4])('equals it with several faces in a picture, seed %i', async (seed) => {
    const { vectors, graph } = await graphOf(seed);
    const pictureOf = (face: number): number => face % 12;
    const picture = Int32Array.from(vectors, (_, face) => pictureOf(face));
    const labels = averageLink(graph, vectors, { threshold: 0.3, constraints: { picture } });
    expect([...labels]).toEqual(naive(vectors, 0.3, pictureOf));
    // The constraint mattered.
    expect([...labels]).not.toEqual(naive(vectors, 0.3));
  });
});
