import { GalleryError } from '../errors.js';
import type { Gallery } from '../identity/gallery.js';
import type { Edit } from '../identity/stored-people.js';
import {
  labelNumber,
  labelOf,
  type GalleryChange,
  type PersonRecord,
  type UndoStep,
} from '../identity/gallery-store.js';
import type { FaceCluster } from './cluster-faces.js';

/** A face that clusters are made of, as a photo library keeps it. */
export interface AssignableFace {
  /** Model card id of the embedder. */
  readonly embedder: string;
  /** Unit length. */
  readonly vector: Float32Array;
  readonly source: string;
  /** 0..1 */
  readonly quality: number;
  readonly picture: string;
  /** What it was called so far, if anything. */
  readonly label?: string;
}

export interface ClusterAssignment {
  readonly person: PersonRecord;
  readonly created: boolean;
  /** Faces that joined. */
  readonly faces: readonly string[];
}

/**
 * Gives the faces of clusters to their people; who is new gets a label. One change, which `undo` takes back. What was said
 * since the clusters were made goes before: faces that are somebody's by now stay theirs.
 * @throws GalleryError (GALLERY_MODEL_MISMATCH) when the faces are of several embedders, or not of the gallery's.
 */
export async function assignClusters(
  gallery: Gallery,
  found: readonly FaceCluster[],
  faces: ReadonlyMap<string, AssignableFace>,
): Promise<readonly ClusterAssignment[]> {
  if (found.length === 0) return [];
  const { assignments } = await gallery.transact(async () => {
    const clusters = stillNobodys(gallery, found);
    const strangers = clusters.filter(({ person }) => person === undefined).length;
    const kept = keptLabels(gallery, clusters, faces);
    const missing = strangers - kept.size;
    const labels = missing === 0 ? [] : [...(await gallery.claimLabels(missing))];
    return assigning(
      gallery,
      clusters.map((cluster): ClusterAssignment => {
        const { person, faces: ids } = cluster;
        if (person !== undefined) return { person: gallery.person(person), created: false, faces: ids };
        const name = kept.get(cluster) ?? labelOf(labels.shift() ?? 0);
        const created = { id: gallery.createId(), name, unnamed: true } as const;
        return { person: created, created: true, faces: ids };
      }),
      faces,
    );
  });
  return assignments;
}

/** Clusters are made in minutes, in which others name, group and forget. */
function stillNobodys(gallery: Gallery, found: readonly FaceCluster[]): readonly FaceCluster[] {
  const apart = new Set(gallery.rejections.map((pair) => pairKey(pair)));
  return found.flatMap((cluster) => {
    const { person } = cluster;
    if (person !== undefined && gallery.find(person) === undefined) return [];
    const faces = cluster.faces.filter(
      (id) => gallery.face(id) === undefined && (person === undefined || !apart.has(pairKey([id, person]))),
    );
    // What is left of a group that others took apart makes nobody new by itself.
    const few = person === undefined ? Math.min(2, cluster.faces.length) : 1;
    return faces.length < few ? [] : [{ ...cluster, faces }];
  });
}

const pairKey = (pair: readonly string[]): string => [...pair].sort().join(' ');

/** Groups with somebody new are called what most of their faces were called, so that a label means the same face. */
function keptLabels(
  gallery: Gallery,
  clusters: readonly FaceCluster[],
  faces: ReadonlyMap<string, AssignableFace>,
): ReadonlyMap<FaceCluster, string> {
  const kept = new Map<FaceCluster, string>();
  const taken = new Set(gallery.people().map(({ name }) => name));
  for (const cluster of clusters) {
    if (cluster.person !== undefined) continue;
    const counts = new Map<string, number>();
    for (const id of cluster.faces) {
      const label = faces.get(id)?.label;
      if (label !== undefined && !taken.has(label)) counts.set(label, (counts.get(label) ?? 0) + 1);
    }
    const [most] = [...counts].sort(([a, x], [b, y]) => y - x || labelNumber(a) - labelNumber(b));
    if (most === undefined) continue;
    kept.set(cluster, most[0]);
    taken.add(most[0]);
  }
  return kept;
}

/** The changes that give faces to their people. */
function assigning(
  gallery: Gallery,
  assignments: readonly ClusterAssignment[],
  faces: ReadonlyMap<string, AssignableFace>,
): Edit & { readonly assignments: readonly ClusterAssignment[] } {
  const records = assignments.flatMap(({ person, faces: ids }) =>
    ids.flatMap((id) => {
      const face = faces.get(id);
      if (face === undefined) return [];
      const { embedder: model, vector, source, quality, picture } = face;
      const record = { id, personId: person.id, vector, source, quality, picture } as const;
      return [{ model, record: { ...record, kind: 'photo', by: 'machine' } as const }];
    }),
  );
  const embedder = records[0]?.model ?? gallery.embedder ?? '';
  gallery.requireEmbedder(embedder);
  if (records.some(({ model }) => model !== embedder))
    throw new GalleryError('GALLERY_MODEL_MISMATCH', 'The faces to be grouped are of several embedders.');
  const created = assignments.filter((one) => one.created).map(({ person }) => person);
  const changes: GalleryChange[] = [
    ...created.map((person) => ({ kind: 'add-person', person }) as const),
    { kind: 'add-faces', embedder, faces: records.map(({ record }) => record) },
  ];
  const undo: UndoStep[] = [
    { kind: 'remove-faces', faceIds: records.map(({ record }) => record.id) },
    ...created.map(({ id }) => ({ kind: 'remove-person', personId: id }) as const),
  ];
  const people = assignments.map(({ person }) => person.id);
  const action = `cluster (${records.length} faces, ${created.length} new people)`;
  return { changes, entry: { action, people, undo }, assignments };
}
