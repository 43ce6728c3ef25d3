/** A person as a gallery keeps it. */
export interface PersonRecord {
  readonly id: string;
  readonly name: string;
}

/** One enrolled face. */
export interface GalleryFaceRecord {
  readonly id: string;
  readonly personId: string;
  /** Unit L2 length. */
  readonly vector: Float32Array;
  /** Where the face came from, such as a photo's path; for people to read. */
  readonly source: string;
  /** 0..1, see `FaceQuality.overall`. */
  readonly quality: number;
}

export interface GallerySnapshot {
  /** Model card id of the embedder that made all vectors. Undefined while the gallery is empty. */
  readonly embedder: string | undefined;
  readonly people: readonly PersonRecord[];
  readonly faces: readonly GalleryFaceRecord[];
}

/** A change to a gallery. Stores apply each atomically: all of it or nothing. */
export type GalleryChange =
  | { readonly kind: 'add-person'; readonly person: PersonRecord }
  | { readonly kind: 'rename-person'; readonly personId: string; readonly name: string }
  | { readonly kind: 'remove-person'; readonly personId: string }
  | { readonly kind: 'add-faces'; readonly embedder: string; readonly faces: readonly GalleryFaceRecord[] }
  | { readonly kind: 'remove-faces'; readonly faceIds: readonly string[] };

/** Keeps a gallery beyond the process. */
export interface GalleryStore extends AsyncDisposable {
  /** @throws GalleryError (GALLERY_INVALID) when what is stored cannot be read. */
  load(): Promise<GallerySnapshot>;
  /** Applies the changes in one transaction. */
  apply(changes: readonly GalleryChange[]): Promise<void>;
}
