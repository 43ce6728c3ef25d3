import {
  collected,
  dequantise,
  FlatIndex,
  itemAt,
  likeAny,
  likeAnyQuantised,
  type Gallery,
  type LibraryFace,
  type LibraryTrack,
  type PersonRecord,
  type PhotoLibrary,
  type RowProducts,
  type TimeSpan,
  type VideoLibrary,
} from '@fr-stream/core';
import { PhotoNames, type UseProducts } from '@fr-stream/engine';

/** Where somebody is in a content: the whole of a photo, or some times of a video. */
export interface Observation {
  readonly hash: string;
  readonly face: LibraryFace | LibraryTrack;
  /** Empty for photos; ascending. */
  readonly spans: readonly TimeSpan[];
  /** Cosine similarity to the nearest other face of the person; undefined where they have no other. */
  readonly score: number | undefined;
  /** Who said so; `recognised` now, by similarity, as a face that is nobody's by now. */
  readonly by: 'user' | 'machine' | 'recognised';
}

export interface WhereaboutsOf {
  readonly gallery: Gallery;
  readonly photos: PhotoLibrary;
  readonly videos: VideoLibrary;
  readonly rule: { readonly threshold: number; readonly margin: number };
  /** Where an inference backend is at hand: by them many faces are compared with many in a moment. */
  readonly useProducts?: UseProducts;
}

/** Embeddings in memory at once. */
const FACES_AT_ONCE = 1000;
/** Fewer pairs of faces are compared one by one before the inference runtime is loaded. */
const PAIRS_FOR_PRODUCTS = 200_000;
/** In 8 bits, a million of them take a tenth of a second. */
const QUANTISED_PAIRS_FOR_PRODUCTS = 4_000_000;

/**
 * All photos and videos in which a person is: as was said, and as nobody's faces are recognised. By content.
 * @param person of the gallery, or called like the label of faces that are nobody's.
 */
export async function observationsOf(
  person: PersonRecord,
  { gallery, photos, videos, rule, useProducts }: WhereaboutsOf,
): Promise<readonly Observation[]> {
  if (gallery.find(person.id) === undefined) return labelled(person.name, { photos, videos });
  const own = await collected(gallery.records({ personIds: [person.id] }));
  // Looked up in an index, which measures many at once: somebody may have thousands of faces, and as many more be nobody's.
  await using index = new FlatIndex(own[0]?.vector.length ?? 1, 'cosine');
  await index.add(own.map(({ id, vector }) => ({ id, vector })));
  const score = async (id: string, vector: Float32Array): Promise<number | undefined> => {
    const nearest = (await index.search(vector, 2)).find((one) => one.id !== id);
    return nearest === undefined ? undefined : 1 - nearest.distance;
  };
  const found: Observation[] = [];
  for await (const face of photos.faces({ personIds: [person.id] }))
    found.push({
      hash: face.hash,
      face,
      spans: [],
      score: await score(face.id, face.embedding.vector),
      by: face.by ?? 'user',
    });
  for await (const track of videos.tracks({ personIds: [person.id] }))
    found.push({ ...ofTrack(track, await score(track.id, track.embedding.vector)), by: track.by ?? 'user' });
  // Strangers are who they are by what was said only.
  if (person.unnamed === true || own.length === 0) return found;

  const like = async (vector: Float32Array): Promise<boolean> =>
    ((await score('', vector)) ?? -1) >= rule.threshold;
  const names = new PhotoNames(gallery, { ...rule, labels: false });
  const hashes = new Set<string>();
  const check = async (faces: readonly LooseFace[]): Promise<void> => {
    for (const { hash, vector } of faces) if (!hashes.has(hash) && (await like(vector))) hashes.add(hash);
  };
  const targets = own.map(({ vector }) => vector);
  const quantised = photos.quantised?.('loose-photos');
  const find = async (products?: RowProducts): Promise<void> => {
    if (quantised === undefined) {
      for await (const page of loosePages(photos, gallery.embedder)) {
        const vectors = page.map(({ vector }) => vector);
        const places = products && (await likeAny(products, targets, vectors, rule.threshold));
        await check(places?.map((place) => itemAt(page, place)) ?? page);
      }
      return;
    }
    for await (const page of quantised) {
      if (page.embedder !== gallery.embedder) continue;
      const { values, scales, errors } = page;
      const places =
        products === undefined
          ? likeAnyQuantised(targets, page, rule.threshold)
          : await likeAny(
              products,
              targets,
              dequantise(values, scales),
              rule.threshold - Math.max(...errors),
            );
      const ids = places.map((place) => itemAt(page.ids, place));
      // Measured again, as they are.
      const vectors = await photos.vectors(ids);
      const outlines = new Map((await collected(photos.outline({ ids }))).map((face) => [face.id, face]));
      await check(
        ids.flatMap((id, i) => {
          const [hash, vector] = [outlines.get(id)?.hash, vectors[i]];
          return hash === undefined || vector === undefined ? [] : [{ hash, vector }];
        }),
      );
    }
  };
  const pairs = own.length * (await photos.countFaces({ loose: true }));
  const many = quantised === undefined ? PAIRS_FOR_PRODUCTS : QUANTISED_PAIRS_FOR_PRODUCTS;
  if (useProducts !== undefined && pairs >= many) await useProducts(find);
  else await find();
  for (const hash of hashes)
    for (const face of await names.of(await collected(photos.faces({ hashes: [hash] }))))
      if (face.personId === undefined && isPerson(face.identity, person.id))
        found.push({ hash, face, spans: [], score: face.identity.score, by: 'recognised' });
  for await (const track of videos.tracks({ loose: true })) {
    if (track.embedding.model !== gallery.embedder || !(await like(track.embedding.vector))) continue;
    const { best, ...rest } = track;
    const [named] = await names.of([{ ...rest, detection: best.detection, quality: best.quality }]);
    if (named !== undefined && isPerson(named.identity, person.id))
      found.push({ ...ofTrack(track, named.identity.score), by: 'recognised' });
  }
  return found;
}

/** Where nobody's faces are that have a label. */
async function labelled(
  label: string,
  { photos, videos }: Pick<WhereaboutsOf, 'photos' | 'videos'>,
): Promise<readonly Observation[]> {
  const filter = { labels: [label], loose: true };
  const found: Observation[] = [];
  for await (const face of photos.faces(filter))
    found.push({ hash: face.hash, face, spans: [], score: undefined, by: 'machine' });
  for await (const track of videos.tracks(filter))
    found.push({ ...ofTrack(track, undefined), by: 'machine' });
  return found;
}

interface LooseFace {
  readonly hash: string;
  readonly vector: Float32Array;
}

/** Nobody's faces of photos, of one embedder. */
async function* loosePages(
  photos: PhotoLibrary,
  embedder: string | undefined,
): AsyncGenerator<readonly LooseFace[]> {
  const loose = (await collected(photos.outline({ loose: true }))).filter(
    (face) => face.embedder === embedder,
  );
  for (let start = 0; start < loose.length; start += FACES_AT_ONCE) {
    const page = loose.slice(start, start + FACES_AT_ONCE);
    const vectors = await photos.vectors(page.map(({ id }) => id));
    yield page.flatMap(({ hash }, i) => {
      const vector = vectors[i];
      return vector === undefined ? [] : [{ hash, vector }];
    });
  }
}

function ofTrack(track: LibraryTrack, score: number | undefined): Omit<Observation, 'by'> {
  return { hash: track.hash, face: track, spans: track.spans, score };
}

function isPerson<I extends { readonly kind: string }>(
  identity: I,
  personId: string,
): identity is I & { readonly kind: 'known'; readonly personId: string; readonly score: number } {
  return identity.kind === 'known' && 'personId' in identity && identity.personId === personId;
}
