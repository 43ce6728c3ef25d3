import { NearestOfEach } from './nearest-of-each.js';

/**
 * The nearest neighbours of faces as a comparison left them, so that a later one need compare only what is new. Plain
 * data: whoever keeps it on a disk writes it as it is.
 */
export interface KeptNeighbours {
  /** Neighbours kept per face: a list that is as long may have left out others. */
  readonly neighbours: number;
  /** Cosine similarity; pairs less similar may be missing. */
  readonly minSimilarity: number;
  /** All faces that were compared, ascending. */
  readonly ids: readonly string[];
  /** Per face a checksum of its vector. */
  readonly sums: Uint32Array;
  /** Per face the length of its list; -1 where its neighbours were not sought. */
  readonly counts: Int32Array;
  /** Lists one after the other: places in `ids`, the most similar first. */
  readonly others: Int32Array;
  /** Cosine similarities, by place in `others`. */
  readonly similarities: Float32Array;
}

/** What is known of the neighbours of faces, by the number of the face. */
export interface KnownLists {
  readonly nearest: NearestOfEach;
  /** 1: the list of this face holds its nearest of all faces that are `compared`. */
  readonly listed: Uint8Array;
  /** 1: this face was there when the lists were made. */
  readonly compared: Uint8Array;
}

/** A checksum of a vector's bits (Fowler, Noll & Vo's, 32-bit words at a time). */
export function vectorChecksum(vector: Float32Array): number {
  const words = new Uint32Array(vector.buffer, vector.byteOffset, vector.length);
  let sum = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) {
    sum = Math.imul(sum ^ words[i], 0x01000193);
    // Of a product high bits never reach low ones.
    sum ^= sum >>> 15;
  }
  return sum >>> 0;
}

/**
 * What of the kept lists still holds of these faces.
 * @param ids ascending. @param neighbours per face. @param minSimilarity below, pairs are not wanted.
 */
export function knownLists(
  kept: KeptNeighbours | undefined,
  ids: readonly string[],
  vectors: readonly Float32Array[],
  { neighbours, minSimilarity }: { readonly neighbours: number; readonly minSimilarity: number },
): KnownLists {
  const nearest = new NearestOfEach(ids.length, neighbours);
  const [listed, compared] = [new Uint8Array(ids.length), new Uint8Array(ids.length)];
  if (kept === undefined || kept.neighbours !== neighbours || kept.minSimilarity > minSimilarity)
    return { nearest, listed, compared };
  const numberOf = new Map(ids.map((id, number) => [id, number]));
  /** By place in `kept.ids` the number of the face, or -1. */
  const now = Int32Array.from(kept.ids, (id, place) => {
    const number = numberOf.get(id);
    return number === undefined || vectorChecksum(vectors[number]) !== kept.sums[place] ? -1 : number;
  });
  for (const number of now) if (number >= 0) compared[number] = 1;
  let start = 0;
  now.forEach((number, place) => {
    const count = kept.counts[place];
    const end = start + Math.max(0, count);
    if (number >= 0 && count >= 0) {
      let gone = false;
      for (let at = start; at < end; at++) gone ||= now[kept.others[at]] < 0;
      // The next nearest after those of a full list are not known.
      if (!gone || count < neighbours) {
        listed[number] = 1;
        for (let at = start; at < end; at++) {
          const other = now[kept.others[at]];
          if (other >= 0 && kept.similarities[at] >= minSimilarity)
            nearest.add(number, other, kept.similarities[at]);
        }
      }
    }
    start = end;
  });
  return { nearest, listed, compared };
}

/** What the next comparison may know. */
export function keptNeighbours(
  { nearest, listed }: Pick<KnownLists, 'nearest' | 'listed'>,
  ids: readonly string[],
  vectors: readonly Float32Array[],
  minSimilarity: number,
): KeptNeighbours {
  const counts = Int32Array.from(ids, (_, face) => (listed[face] === 1 ? nearest.count(face) : -1));
  const total = counts.reduce((sum, count) => sum + Math.max(0, count), 0);
  const [others, similarities] = [new Int32Array(total), new Float32Array(total)];
  let at = 0;
  counts.forEach((count, face) => {
    if (count < 0) return;
    nearest.of(face, (other, similarity) => {
      others[at] = other;
      similarities[at++] = similarity;
    });
  });
  const sums = Uint32Array.from(vectors, vectorChecksum);
  return { neighbours: nearest.most, minSimilarity, ids, sums, counts, others, similarities };
}
