import {
  collected,
  assignClusters,
  clusterFaces,
  defined,
  failedGate,
  gatesOf,
  togetherInView,
  type AssignableFace,
  type ClusterFace,
  type FaceOutline,
  type LibraryTrack,
  type QualityGates,
} from '@fr-stream/core';
import { embedderCardOf } from '../compose/embedder-card.js';
import { decisionRule } from '@fr-stream/engine';
import { openLibrary, type PhotoStore } from '../compose/open-library.js';
import { compareAll } from '../compose/compare-all.js';
import { withNeighbours } from '../compose/kept-neighbours.js';
import { embedderOfFaces } from '../compose/set-index.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { counted } from '../ui/counted.js';
import { paint } from '../ui/paint.js';
import { shownPath } from '../ui/shown-path.js';
import { print, printJson, say } from '../ui/terminal.js';

export interface ClusterOptions extends QualityGates {
  readonly gallery?: string;
  readonly threshold?: number;
  readonly link?: number;
  readonly minFaces?: number;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Poorer faces are nobody's: blurred bystanders would be taken for one another. */
export const CLUSTER_MIN_QUALITY = 0.25;

/** The faces that pass the gates. */
async function passing(
  library: PhotoStore,
  faces: readonly FaceOutline[],
  { minQuality = CLUSTER_MIN_QUALITY, ...gates }: QualityGates,
): Promise<readonly FaceOutline[]> {
  const good = faces.filter(({ quality }) => quality >= minQuality);
  if (Object.values(gates).every((gate) => gate === undefined)) return good;
  // These look closer at a face, which takes longer.
  const passed: FaceOutline[] = [];
  for (const outline of good) {
    const face = await library.face(outline.id);
    if (face !== undefined && failedGate({ ...face, norm: face.embedding.norm }, gates) === undefined)
      passed.push(outline);
  }
  return passed;
}

/** As {@link passing}, of a track's best picture. */
function passes(
  { best: { detection, quality }, embedding }: Pick<LibraryTrack, 'best' | 'embedding'>,
  options: ClusterOptions,
): boolean {
  const { minQuality = CLUSTER_MIN_QUALITY, ...gates } = gatesOf(options);
  const face = { detection, quality, norm: embedding.norm };
  return quality.overall >= minQuality && failedGate(face, gates) === undefined;
}

/** `fr-stream cluster`: groups the faces of photos and videos that belong to nobody into people. */
export async function clusterCommand(options: ClusterOptions): Promise<ExitCode> {
  await using opened = await openLibrary(options.gallery, { mode: 'read' });
  const { gallery, photos: library, videos } = opened;
  const all = await collected(library.outline());
  const tracks = await collected(videos.tracks());
  const embedder = embedderOfFaces(library.path, [
    ...all,
    ...tracks.map(({ embedding }) => ({ embedder: embedding.model })),
  ]);
  gallery.requireEmbedder(embedder);
  const unknown = all.filter(({ personId }) => personId === undefined);
  const usable = await passing(library, unknown, gatesOf(options));
  const vectors = await library.vectors(usable.map(({ id }) => id));
  const faces: ClusterFace[] = usable.flatMap(({ id, hash }, i) => {
    const vector = vectors[i];
    return vector === undefined ? [] : [{ id, picture: hash, vector }];
  });
  const shown = tracks.filter(({ personId, ...track }) => personId === undefined && passes(track, options));
  // Not by picture: one person may be two tracks of a video, but not at one time.
  faces.push(...shown.map(({ id, embedding: { vector } }) => ({ id, vector })));
  const pathOf = new Map((await collected(library.photos())).map((photo) => [photo.hash, photo.path]));
  for await (const { id, personId, picture, vector } of gallery.records())
    faces.push({ id, vector, person: personId, ...(picture !== undefined && { picture }) });
  const facts = await embedderCardOf(embedder);
  const { threshold, linkThreshold } = decisionRule(facts, defined({ threshold: options.threshold }));
  const clusters = await withNeighbours(library, (memory) =>
    compareAll(faces, (source) =>
      clusterFaces(faces, source, {
        threshold,
        linkThreshold: options.link ?? linkThreshold,
        rejections: [...gallery.rejections, ...togetherInView(tracks)],
        ...defined({ minFaces: options.minFaces, memory }),
      }),
    ),
  );
  const counts = {
    faces: unknown.length + tracks.filter(({ personId }) => personId === undefined).length,
    usable: usable.length + shown.length,
  };
  const vectorOf = new Map(faces.map(({ id, vector }) => [id, vector]));
  const assignable = new Map<string, AssignableFace>(
    usable.map(({ id, hash, quality, label }) => [
      id,
      {
        embedder,
        vector: vectorOf.get(id) ?? new Float32Array(),
        source: pathOf.get(hash) ?? hash,
        quality,
        picture: hash,
        ...(label !== undefined && { label }),
      },
    ]),
  );
  for await (const { hash, path } of videos.videos()) pathOf.set(hash, path);
  for (const { id, hash, embedding, best, label } of shown)
    assignable.set(id, {
      embedder,
      vector: embedding.vector,
      source: pathOf.get(hash) ?? hash,
      quality: best.quality.overall,
      picture: id,
      ...(label !== undefined && { label }),
    });
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
  const grouped = assignments.reduce((sum, one) => sum + one.faces.length, 0);

  if (options.json === true) {
    const people = assignments.map(({ person, created, faces: ids }) => ({ ...person, created, faces: ids }));
    printJson({ schema: 'fr-stream/clusters@1', ...counts, grouped, people });
    return EXIT.ok;
  }
  if (options.quiet === true) return EXIT.ok;
  const width = Math.max(8, ...assignments.map(({ person }) => person.name.length));
  for (const { person, created, faces: ids } of assignments) {
    const count = `${created ? '' : '+'}${ids.length} ${ids.length === 1 ? 'face' : 'faces'}`;
    const example = shownPath(assignable.get(ids[0] ?? '')?.source ?? '');
    print(`${person.name.padEnd(width)}  ${count.padStart(10)}  ${paint.dim(example)}`);
  }
  const created = assignments.filter((one) => one.created).length;
  say(
    paint.dim(
      `${grouped} of ${counts.faces} unknown faces grouped, ${counted(created, 'new person', 'new people')}; ` +
        `${counts.usable - grouped} are like nobody, ${counts.faces - counts.usable} too poor`,
    ),
  );
  if (created > 0 && options.dryRun !== true)
    say('Name them: fr-stream name unknown-1 "Ada"; undo it all: fr-stream undo');
  return EXIT.ok;
}
