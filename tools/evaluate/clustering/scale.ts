import { OnnxRuntimeBackend } from '@fr-stream/backend-node';
import { clusterFaces, LINK_MARGIN, neighbourGraph, RowProducts } from '@fr-stream/core';
import { markdownTable } from 'markdown-table';
import { bCubed, pairwise, type ClusteredFace } from '../metrics/clustering.js';
import { percent } from '../report/percent.js';
import { CLUSTER_METHODS } from './methods.js';
import { syntheticFaces } from './synthetic.js';

const figures = (faces: readonly ClusteredFace[]): string[] => {
  const [pairs, cubed] = [pairwise(faces), bCubed(faces)];
  return [pairs.precision, pairs.recall, pairs.f, cubed.f].map((value) => percent(value));
};

/** Time, memory and accuracy of the product's clustering on so many synthetic faces. */
export async function clusterScale(counts: readonly number[], threshold: number): Promise<string> {
  const rows: string[][] = [];
  await using backend = new OnnxRuntimeBackend();
  await using products = await RowProducts.open(backend);
  for (const count of counts) {
    const faces = syntheticFaces(count);
    const [start, busy] = [performance.now(), process.cpuUsage()];
    const unknown = faces.map(({ id, vector }) => ({ id, vector }));
    const clusters = await clusterFaces(unknown, products, { threshold, minFaces: 1 });
    const end = performance.now();
    const { user, system } = process.cpuUsage(busy);
    const clusterOf = new Map(clusters.flatMap(({ faces: ids }, i) => ids.map((id) => [id, i] as const)));
    const scored = faces.map(({ id, person }) => ({ person, cluster: clusterOf.get(id) }));
    const seconds = (ms: number): string => (ms / 1000).toFixed(1);
    const peak = `${Math.round(process.resourceUsage().maxRSS / 1024)} MB`;
    const people = String(new Set(faces.map(({ person }) => person)).size);
    const cells = [seconds(end - start), seconds((user + system) / 1000), peak];
    rows.push([String(count), people, ...cells, ...figures(scored)]);
  }
  const head = ['Faces', 'People', 'Seconds', 'Processor', 'Peak memory', 'Pairwise P', 'R', 'F', 'BCubed F'];
  return `${markdownTable([head, ...rows], { align: head.map(() => 'r') })}\n`;
}

/** Every method on synthetic faces at several thresholds, each the similarity that links two faces. */
export async function synthesizedMethods(count: number, thresholds: readonly number[]): Promise<string> {
  const faces = syntheticFaces(count);
  await using backend = new OnnxRuntimeBackend();
  await using products = await RowProducts.open(backend);
  const vectors = faces.map(({ vector }) => vector);
  const graph = await neighbourGraph(
    products,
    faces.map(({ id }) => id),
    vectors,
    { minSimilarity: Math.min(...thresholds) - LINK_MARGIN },
  );
  const rows = Object.entries(CLUSTER_METHODS)
    .filter(([name]) => name !== 'Rank-order')
    .map(([name, method]) => {
      const scores = thresholds.map((threshold) => {
        const labels = method(graph, vectors, threshold, {});
        const scored = faces.map(({ person }, i) => ({ person, cluster: labels[i] }));
        return `${percent(pairwise(scored).f)}, ${percent(bCubed(scored).f)}`;
      });
      return [name, ...scores];
    });
  const head = ['Pairwise F, BCubed F', ...thresholds.map((threshold) => `at ${threshold}`)];
  return `${markdownTable([head, ...rows], { align: ['l', ...thresholds.map(() => 'r')] })}\n`;
}
