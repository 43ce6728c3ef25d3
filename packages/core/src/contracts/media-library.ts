import type { Assigner, Box, Detection, Embedding, FaceQuality } from './face.js';

/** Version of {@link PhotoLibrary} and {@link VideoLibrary}. It grows when an implementation of before would no longer do. */
export const MEDIA_LIBRARY_CONTRACT = 3;

/** A file as it was when it was last looked at. */
export interface MediaFile {
  /** Absolute; of a photo in an archive `/path/archive.zip!/name`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** A photo that was read; equal `hash` means equal bytes, and the faces are kept once. */
export interface PhotoRecord extends MediaFile {
  /** SHA-256 of the file's bytes, hexadecimal. */
  readonly hash: string;
  /** Upright size in pixels. */
  readonly width: number;
  readonly height: number;
  /**
   * When it was taken, as the file says: ISO 8601, with an offset or `Z` where the file says that too, else in the
   * time of the place.
   */
  readonly captured?: string;
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
  /** What it was called while it was nobody's, such as `unknown-7`: see {@link PhotoLibrary.label}. */
  readonly label?: string;
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
  readonly label?: string;
}

/** What a comparison with all faces needs of one. */
export interface ScannedFace {
  readonly id: string;
  /** Model card id. */
  readonly embedder: string;
  /** Unit length. */
  readonly vector: Float32Array;
}

/** Faces of one embedder in 8 bits a number, for a first look at all of them; see `quantise`. */
export interface QuantisedFaces {
  /** Model card id. */
  readonly embedder: string;
  readonly dimensions: number;
  readonly ids: readonly string[];
  /** Whose each face is; null: nobody's. */
  readonly owners: readonly (string | null)[];
  /** One face after the other, `dimensions` values each, -127..127. */
  readonly values: Int8Array;
  /** What one is worth, of each face. */
  readonly scales: Float32Array;
  /** Of each face: a dot product with a unit vector is off by no more than this. */
  readonly errors: Float32Array;
}

/** Which files; all that is given must hold. Data, so that a database can be asked for it. */
export interface MediaFilter {
  /** These only; none when it is empty. */
  readonly paths?: readonly string[];
  /** Of these contents only; none when it is empty. */
  readonly hashes?: readonly string[];
}

/** Which faces, or tracks; all that is given must hold. */
export interface LibraryFaceFilter {
  /** These only; none when it is empty. */
  readonly ids?: readonly string[];
  /** In these contents only; none when it is empty. */
  readonly hashes?: readonly string[];
  /** Of these people only; none when it is empty. */
  readonly personIds?: readonly string[];
  /** With one of these labels; none when it is empty. */
  readonly labels?: readonly string[];
  /** True: nobody's; false: somebody's. */
  readonly loose?: boolean;
}

/** What photos and videos of a library have in common. */
export interface LibraryBase extends AsyncDisposable {
  readonly contract: typeof MEDIA_LIBRARY_CONTRACT;
  /** Grows with every change to the library or its people, by whichever process. */
  revision(): Promise<number>;
  /** Tells of changes, whoever makes them: as `GalleryStore.follow`, with {@link revision}. */
  follow(since: number, signal: AbortSignal): AsyncIterable<number>;
  /** Something that the library is to remember for its user, who chooses the name. */
  note(name: string): Promise<string | undefined>;
  setNote(name: string, value: string): Promise<void>;
}

/**
 * The photos that were searched and the faces found in them, beyond the process: in a file or in a database behind a
 * network. Several may use it at once.
 */
export interface PhotoLibrary extends LibraryBase {
  /** For each of the files, in their order: it was searched by this chain of models, and is unchanged since. */
  current(files: readonly MediaFile[], chain: string): Promise<readonly boolean[]>;
  /** True when a photo of these bytes was searched by this chain, under whatever name. */
  hasContent(hash: string, chain: string): Promise<boolean>;
  /**
   * Keeps a photo and, unless its content is known already, its faces, in one transaction.
   * @param faces undefined when {@link hasContent} said that they are there; left aside when another process was
   * quicker with the same content and chain. Faces at the place of earlier ones stay with their person and label; where the
   * path had other bytes before, faces that look the same ({@link sameFaces}) are their people's, too, and told apart from
   * whom they were: another program has written a keyword, or turned the picture.
   * @throws GalleryError (GALLERY_INVALID)
   */
  store(photo: PhotoRecord, chain: string, faces: readonly LibraryFace[] | undefined): Promise<void>;
  /**
   * Forgets photos that are gone, and faces that no other photo shows: without paths, those of files that have changed.
   * @returns the faces that were removed.
   */
  remove(paths: readonly string[]): Promise<readonly LibraryFace[]>;
  /** Photos by path, read as they are asked for. */
  photos(filter?: MediaFilter): AsyncIterable<PhotoRecord>;
  /** A photo by its path; undefined when it was never read. */
  photo(path: string): Promise<PhotoRecord | undefined>;
  /** Where in a photo somebody was whom the user wants forgotten: faces there are not to be kept. */
  forgotten(hash: string): Promise<readonly Box[]>;
  /** Faces by the first path of their photo, then by place in it, read as they are asked for. */
  faces(filter?: LibraryFaceFilter): AsyncIterable<LibraryFace>;
  /** As {@link faces}, without what is large. */
  outline(filter?: LibraryFaceFilter): AsyncIterable<FaceOutline>;
  /** How many faces there are, or pass the filter. */
  countFaces(filter?: LibraryFaceFilter): Promise<number>;
  /** The face of this id. */
  face(id: string): Promise<LibraryFace | undefined>;
  /** Embeddings, of unit length, in the order of the ids; undefined where there is no such face. */
  vectors(ids: readonly string[]): Promise<readonly (Float32Array | undefined)[]>;
  /**
   * The embeddings of all faces of photos and all tracks of videos, page by page, each once and in no order: for who
   * compares with everybody. Libraries without it are asked for {@link vectors}.
   */
  scan?(): AsyncIterable<readonly ScannedFace[]>;
  /**
   * The same faces, coarsely and several times sooner, where a library is so large that it matters: who finds some that
   * may be near asks for their {@link vectors}.
   * @param only `loose-photos`: nobody's faces of photos.
   * @returns undefined where nothing of the kind is kept of every face, or faces are few.
   */
  quantised?(only?: 'loose-photos'): AsyncIterable<QuantisedFaces> | undefined;
  /** Remembers what faces of nobody's are called, by face id, so that users can name them so. */
  label(labels: ReadonlyMap<string, string>): Promise<void>;
}

/** A video that was read; equal `hash` means equal bytes, and the tracks are kept once. */
export interface VideoRecord extends PhotoRecord {
  readonly durationMs: number;
}

/** A stretch of a video's own time, both ends in it. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Where in a video somebody was at one time. */
export interface VideoPlace {
  readonly timeMs: number;
  /** In pixels of the upright frame. */
  readonly box: Box;
}

/** A stretch of a video in which somebody is in view. */
export interface TrackSpan extends TimeSpan {
  /** Where they were at some time within. */
  readonly seen?: VideoPlace;
}

/** What is known of a part of a video whose search is under way; its maker knows what `data` means. */
export interface VideoChunk extends TimeSpan {
  readonly data: string;
}

/** One person as one video shows them: their tracks that are surely of one person are one. */
export interface LibraryTrack {
  /** The video's hash, shortened, and a number: the same in every run of the same chain. */
  readonly id: string;
  /** Of the video. */
  readonly hash: string;
  /** When they are in view, ascending, without overlap. */
  readonly spans: readonly [TrackSpan, ...TrackSpan[]];
  /** The best picture, in pixels of the upright frame. */
  readonly best: { readonly timeMs: number; readonly detection: Detection; readonly quality: FaceQuality };
  /** Quality-weighted mean of their pictures, of unit length. */
  readonly embedding: Embedding;
  /** How many pictures that is. */
  readonly pictures: number;
  /** Of the best picture, relative to the folder of cut-outs. */
  readonly cutout: string;
  readonly aligned: string;
  readonly personId?: string;
  readonly by?: Assigner;
  /** As {@link LibraryFace.label}. */
  readonly label?: string;
}

/** The videos that were searched and who is in them. */
export interface VideoLibrary extends LibraryBase {
  /** As {@link PhotoLibrary.current}. */
  currentVideos(files: readonly MediaFile[], chain: string): Promise<readonly boolean[]>;
  /** As {@link PhotoLibrary.hasContent}. */
  hasVideoContent(hash: string, chain: string): Promise<boolean>;
  /** As {@link PhotoLibrary.store}. */
  storeVideo(video: VideoRecord, chain: string, tracks: readonly LibraryTrack[] | undefined): Promise<void>;
  /** As {@link PhotoLibrary.remove}. */
  removeVideos(paths: readonly string[]): Promise<readonly LibraryTrack[]>;
  /** Videos by path, read as they are asked for. */
  videos(filter?: MediaFilter): AsyncIterable<VideoRecord>;
  /** Tracks by the first path of their video, then by when they begin, read as they are asked for. */
  tracks(filter?: LibraryFaceFilter): AsyncIterable<LibraryTrack>;
  countTracks(filter?: LibraryFaceFilter): Promise<number>;
  /** Where in a video somebody was whom the user wants forgotten: tracks that go through there are not to be kept. */
  forgottenPlaces?(hash: string): Promise<readonly VideoPlace[]>;
  /** The parts of a video that were searched by this chain before the process ended; {@link storeVideo} removes them. */
  chunks?(hash: string, chain: string): Promise<readonly VideoChunk[]>;
  /** Keeps a part, so that a search that is cut short goes on behind it. */
  keepChunk?(hash: string, chain: string, chunk: VideoChunk): Promise<void>;
  /** Files whose content is the same keep their faces and tracks under the new path: they were moved. */
  movePaths?(moves: readonly (readonly [from: string, to: string])[]): Promise<void>;
}

/** The photos and videos of one archive, and who is in them. */
export interface MediaLibrary extends PhotoLibrary, VideoLibrary {}
