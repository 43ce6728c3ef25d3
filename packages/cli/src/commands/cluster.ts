import { SqlitePhotoLibrary } from '@fr-stream/backend-node';
import {
  assignClusters,
  clusterFaces,
  failedGate,
  LINK_MARGIN,
  type ClusterFace,
  type QualityGates,
} from '@fr-stream/core';
import { embedderCardOf } from '../engine/embedder-card.js';
import { embedderOfFaces, indexItems } from '../engine/index-faces.js';
import { scaledMargin } from '../engine/name-faces.js';
import { galleryPath, openGallery } from '../engine/open-gallery.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { paint } from '../ui/paint.js';

export interface ClusterOptions extends QualityGates {
  readonly gallery?: string;
  readonly threshold?: number;
  readonly link?: number;
  readonly minFaces?: number;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Poorer faces are nobody's: blurred bystanders would be taken for one another. */
export const CLUSTER_MIN_QUALITY = 0.25;

/** `fr-stream cluster`: groups the faces of photos that belong to nobody into people. */
export async function clusterCommand(options: ClusterOptions): Promise<ExitCode> {
  const path = galleryPath(options.gallery);
  await using gallery = await openGallery(options.gallery, { mode: 'read' });
  await using library = await SqlitePhotoLibrary.open(path);
  const all = library.faces();
  const embedder = embedderOfFaces(path, all);
  gallery.requireEmbedder(embedder);
  const gates = { ...options, minQuality: options.minQuality ?? CLUSTER_MIN_QUALITY };
  const unknown = all.filter(({ personId }) => personId === undefined);
  const usable = unknown.filter(
    ({ detection, quality, embedding }) =>
      failedGate({ detection, quality, norm: embedding.norm }, gates) === undefined,
  );
  const pathOf = new Map(library.photos().map((photo) => [photo.hash, photo.path]));
  const known = gallery.people().flatMap(({ id }) => gallery.facesOf(id));
  const faces: ClusterFace[] = [
    ...usable.map(({ id, hash, embedding }) => ({ id, picture: hash, vector: embedding.vector })),
    ...known.map(({ id, personId, picture, vector }) => ({
      id,
      vector,
      person: personId,
      ...(picture !== undefined && { picture }),
    })),
  ];
  const facts = await embedderCardOf(embedder);
  const threshold = options.threshold ?? facts.thresholds.cosine;
  await using index = await indexItems(faces, all[0].embedding.vector.length);
  const clusters = await clusterFaces(faces, index, {
    threshold,
    linkThreshold: options.link ?? threshold + scaledMargin(LINK_MARGIN, facts),
    rejections: gallery.rejections,
    ...(options.minFaces !== undefined && { minFaces: options.minFaces }),
  });
  const counts = {
    faces: unknown.length,
    usable: usable.length,
    grouped: clusters.reduce((sum, cluster) => sum + cluster.faces.length, 0),
  };
  const assignable = new Map(
    usable.map(({ id, hash, embedding, quality }) => [
      id,
      { embedding, source: pathOf.get(hash) ?? hash, quality: quality.overall, picture: hash },
    ]),
  );
  const assignments =
    options.dryRun === true
      ? clusters.map(({ person, faces: ids }, i) => ({
          person:
            person === undefined
              ? { id: '', name: `(new ${i + 1})`, unnamed: true as const }
              : gallery.person(person),
          created: person === undefined,
          faces: ids,
        }))
      : await assignClusters(gallery, clusters, assignable);

  if (options.json === true) {
    const people = assignments.map(({ person, created, faces: ids }) => ({ ...person, created, faces: ids }));
    process.stdout.write(`${JSON.stringify({ schema: 'fr-stream/clusters@1', ...counts, people })}\n`);
    return EXIT.ok;
  }
  const width = Math.max(8, ...assignments.map(({ person }) => person.name.length));
  for (const { person, created, faces: ids } of assignments) {
    const count = `${created ? '' : '+'}${ids.length} ${ids.length === 1 ? 'face' : 'faces'}`;
    const example = assignable.get(ids[0])?.source ?? '';
    process.stdout.write(`${person.name.padEnd(width)}  ${count.padStart(10)}  ${paint.dim(example)}\n`);
  }
  const created = assignments.filter((one) => one.created).length;
  process.stderr.write(
    paint.dim(
      `${counts.grouped} of ${counts.faces} unknown faces grouped, ${created} new people; ` +
        `${counts.usable - counts.grouped} are like nobody, ${counts.faces - counts.usable} too poor\n`,
    ),
  );
  if (created > 0 && options.dryRun !== true)
    process.stderr.write('Name them: fr-stream name unknown-1 "Ada"; undo it all: fr-stream undo\n');
  return EXIT.ok;
}
