import { FlatIndex, neighbourGraph } from '@fr-stream/core';
import type { EngineOptions } from 'fr-stream/engine';
import { markdownTable } from 'markdown-table';
import { bCubed, pairwise, type ClusteredFace } from '../metrics/clustering.js';
import { readPeople } from '../people.js';
import { photoFaces } from '../photo-faces.js';
import { percent } from '../report/percent.js';
import { CLUSTER_METHODS, type ClusterMethod } from './methods.js';

const THRESHOLDS = Array.from({ length: 61 }, (_, i) => 0.2 + i * 0.01);

interface Outcome {
  readonly threshold: number;
  readonly faces: readonly ClusteredFace[];
  readonly clusters: number;
}

/** Clusters the faces of a folder of people by every method, each at its own best threshold and at `threshold`. */
export async function compareClusterings(
  images: string,
  threshold: number | undefined,
  options: EngineOptions,
): Promise<string> {
  const people = await readPeople(images);
  const personOf = new Map([...people].flatMap(([person, photos]) => photos.map((photo) => [photo, person])));
  const found = await photoFaces(images, [...personOf.keys()], options);
  const faces = [...found.faces].flatMap(([photo, face]) =>
    face === undefined ? [] : [{ id: photo, vector: face.vector, person: personOf.get(photo) ?? '' }],
  );
  const vectors = faces.map(({ vector }) => vector);
  await using index = new FlatIndex(vectors[0].length);
  await index.add(faces.map(({ id, vector }) => ({ id, vector })));
  const graph = await neighbourGraph(
    index,
    faces.map(({ id }) => id),
    vectors,
  );
  const run = (method: ClusterMethod, at: number): Outcome => {
    const labels = method(graph, vectors, at, {});
    const clustered = faces.map(({ person }, i) => ({ person, cluster: labels[i] }));
    return { threshold: at, faces: clustered, clusters: new Set(labels).size };
  };
  const row = (name: string, { threshold: at, faces: clustered, clusters }: Outcome): string[] => {
    const [cubed, pairs] = [bCubed(clustered), pairwise(clustered)];
    const figures = [pairs.precision, pairs.recall, pairs.f, cubed.precision, cubed.recall, cubed.f];
    return [name, at.toFixed(2), String(clusters), ...figures.map((value) => percent(value))];
  };
  const score = ({ faces: clustered }: Outcome): number => pairwise(clustered).f + bCubed(clustered).f;
  const rows = Object.entries(CLUSTER_METHODS).flatMap(([name, method]) => {
    const best = THRESHOLDS.map((at) => run(method, at)).reduce((a, b) => (score(b) > score(a) ? b : a));
    const fixed = threshold === undefined ? [] : [row(`${name}, at ${threshold}`, run(method, threshold))];
    return [row(name, best), ...fixed];
  });
  const head = ['Method', 'Threshold', 'Clusters', 'Pairwise P', 'R', 'F', 'BCubed P', 'R', 'F'];
  return (
    `${faces.length} faces of ${people.size} people (${found.models.join(' + ')})\n\n` +
    `${markdownTable([head, ...rows], { align: ['l', ...head.slice(1).map(() => 'r')] })}\n`
  );
}
