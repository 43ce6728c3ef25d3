import type { Detection, FaceQuality, TrackSpan } from '@fr-stream/core';

/** One person, or one stranger, as a part of a video shows them; before parts are put together. */
export interface SeenPerson {
  /** Ascending, without overlap. */
  readonly spans: readonly [TrackSpan, ...TrackSpan[]];
  readonly best: { readonly timeMs: number; readonly detection: Detection; readonly quality: FaceQuality };
  /** Weighted mean of their pictures, of unit length. */
  readonly appearance: Float32Array;
  /** Of all pictures together; > 0. */
  readonly weight: number;
  /** Length of the best picture's embedding before it was normalised; 0 where it is not known. */
  readonly norm: number;
  readonly pictures: number;
  /** Somebody whom the gallery knows, by name or by label. */
  readonly personId?: string;
  /** What a stranger was called meanwhile. */
  readonly label?: string;
  /** JPEG. */
  readonly cutout: Uint8Array;
  readonly aligned: Uint8Array;
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** As text, for `VideoChunk.data`. */
export function packPeople(people: readonly SeenPerson[]): string {
  return JSON.stringify(
    people.map(({ appearance, cutout, aligned, ...rest }) => ({
      ...rest,
      // The key of the first files, which are still read.
      looks: base64(new Uint8Array(appearance.buffer, appearance.byteOffset, appearance.byteLength)),
      cutout: base64(cutout),
      aligned: base64(aligned),
    })),
  );
}

type Packed = Omit<SeenPerson, 'appearance' | 'cutout' | 'aligned'> & {
  readonly looks: string;
  readonly cutout: string;
  readonly aligned: string;
};

/** What {@link packPeople} made text of, by this program on this machine. */
export function unpackPeople(text: string): readonly SeenPerson[] {
  return (JSON.parse(text) as Packed[]).map(({ looks, cutout, aligned, ...rest }) => {
    // A copy of its own, because a buffer's bytes may lie at an odd address.
    const bytes = new Uint8Array(Buffer.from(looks, 'base64'));
    return {
      ...rest,
      appearance: new Float32Array(bytes.buffer, 0, bytes.length / 4),
      cutout: Buffer.from(cutout, 'base64'),
      aligned: Buffer.from(aligned, 'base64'),
    };
  });
}
