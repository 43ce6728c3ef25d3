import type { Assigner, Box, Detection, Embedding, FaceQuality } from './face.js';

/** A file as it was when it was last looked at. */
export interface PhotoFile {
  /** Absolute; of a photo in an archive `/path/archive.zip!/name`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** A photo that was read; equal `hash` means equal bytes, and the faces are kept once. */
export interface PhotoRecord extends PhotoFile {
  /** SHA-256 of the file's bytes, hexadecimal. */
  readonly hash: string;
  /** Upright size in pixels. */
  readonly width: number;
  readonly height: number;
}

/** A face as a photo library keeps it. */
export interface LibraryFace {
  /** The photo's hash, shortened, and the face's place in the photo: the same in every run. */
  readonly id: string;
  /** Of the photo it was found in. */
  readonly hash: string;
  /** In pixels of the upright original. */
  readonly detection: Detection;
  readonly quality: FaceQuality;
  readonly embedding: Embedding;
  /** Relative to the folder of cut-outs. */
  readonly cutout: string;
  readonly aligned: string;
  /** Whom the gallery takes it for, named or not; see `GalleryFaceRecord`. */
  readonly personId?: string;
  /** Who said so. */
  readonly by?: Assigner;
}

/** A face without what is large: landmarks and embedding. */
export interface FaceOutline {
  readonly id: string;
  readonly hash: string;
  /** `FaceQuality.overall`, 0..1. */
  readonly quality: number;
  /** Model card id of the embedder. */
  readonly embedder: string;
  /** Names the embedding: no other one, of whatever face in whatever library, has the same. */
  readonly vectorKey: string;
  readonly cutout: string;
  readonly personId?: string;
}

/** The photos that were searched and the faces found in them, beyond the process. */
export interface PhotoLibrary extends AsyncDisposable {
  /** True when this file, unchanged since, was searched by the same chain of models. */
  isCurrent(file: PhotoFile, chain: string): boolean;
  /** True when a photo of these bytes was searched by this chain, under whatever name. */
  hasContent(hash: string, chain: string): boolean;
  /**
   * Keeps a photo and, unless its content is known already, its faces, in one transaction.
   * @param faces undefined when {@link hasContent} said that they are there; left aside when another process was
   * quicker with the same content and chain. Faces at the place of earlier ones stay with their person.
   * @throws GalleryError (GALLERY_INVALID)
   */
  store(photo: PhotoRecord, chain: string, faces: readonly LibraryFace[] | undefined): void;
  /**
   * Forgets photos that are gone, and faces that no other photo shows.
   * @returns the faces that were removed.
   */
  remove(paths: readonly string[]): readonly LibraryFace[];
  /** All photos, by path. */
  photos(): readonly PhotoRecord[];
  /** Where in a photo somebody was whom the user wants forgotten: faces there are not to be kept. */
  forgotten(hash: string): readonly Box[];
  /** A photo by its path; undefined when it was never read. */
  photo(path: string): PhotoRecord | undefined;
  /** The faces of a photo, by place in it. */
  facesOf(hash: string): readonly LibraryFace[];
  /** The face of this id. */
  face(id: string): LibraryFace | undefined;
  /** All faces, by the first path of their photo, then by place in it. */
  faces(): readonly LibraryFace[];
  /** As {@link faces}, for libraries of any size. */
  outline(): readonly FaceOutline[];
  /** The embedding of a face, of unit length; undefined when there is no such face. */
  vector(id: string): Float32Array | undefined;
  /** The faces of a person, by id. */
  facesOfPerson(personId: string): readonly LibraryFace[];
}
