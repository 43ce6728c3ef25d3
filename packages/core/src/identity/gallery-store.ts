import type { Assigner } from '../contracts/face.js';
import type { TimeSpan } from '../contracts/media-library.js';
import type { Neighbour } from '../contracts/vector-index.js';

/** Version of {@link GalleryStore}. It grows when an implementation of the version before would no longer do. */
export const GALLERY_STORE_CONTRACT = 2;

/** A person as a gallery keeps it. */
export interface PersonRecord {
  readonly id: string;
  /** The name; of somebody unnamed a stable label, such as `unknown-7`. */
  readonly name: string;
  /** Set while nobody has said who this is. */
  readonly unnamed?: true;
}

/** A face that belongs to a person, without its embedding. */
export interface GalleryFace {
  readonly id: string;
  readonly personId: string;
  /** Where the face came from, such as a photo's path; for people to read. */
  readonly source: string;
  /** 0..1, see `FaceQuality.overall`. */
  readonly quality: number;
  /**
   * `photo`, `track`: a face of a photo, a track of a video in a library; `video`: of a stranger who was remembered.
   * Absent: enrolled.
   */
  readonly kind?: 'photo' | 'track' | 'video';
  /** Absent: the user. */
  readonly by?: Assigner;
  /** Names the picture that it was cut from: two faces of one picture are never one person. */
  readonly picture?: string;
}

/** What is searched of a face. */
export type FaceVector = Pick<GalleryFaceRecord, 'id' | 'personId' | 'vector'>;

/** Faces of people, by which one finds the people nearest to a face. */
export interface SearchedFaces extends AsyncDisposable {
  /**
   * The nearest face of each of the `k` people nearest to a face, nearest first; a neighbour's group is the person's id.
   * @param among only these people; by default all.
   */
  nearest(vector: Float32Array, k: number, among?: readonly string[]): Promise<readonly Neighbour[]>;
  /** @param faces that the store has by now. */
  add(faces: readonly FaceVector[]): Promise<void>;
}

/** A face that belongs to a person. */
export interface GalleryFaceRecord extends GalleryFace {
  /** Unit L2 length. */
  readonly vector: Float32Array;
}

/** When a face of the library that a store keeps besides is in view in a video: a track's times. */
export interface FaceInView {
  readonly id: string;
  /** Absent: nobody's. */
  readonly personId?: string;
  /** Of the video. */
  readonly hash: string;
  /** The first path of the video; its hash where no file has it any more. */
  readonly video: string;
  /** In the video's own time, ascending. */
  readonly spans: readonly TimeSpan[];
}

/** Of whom or what it is asked when it is in view: of either. */
export interface InViewFilter {
  readonly personIds: readonly string[];
  readonly faceIds: readonly string[];
}

/** Two things that are not one person, each a person's or a face's id; unordered. */
export type Rejection = readonly [string, string];

/** People and what is said of them. */
interface GalleryContent {
  /** Model card id of the embedder that made all vectors. Undefined while the gallery is empty. */
  readonly embedder: string | undefined;
  readonly people: readonly PersonRecord[];
  readonly faces: readonly GalleryFace[];
  /** Said by the user, and remembered. */
  readonly rejections: readonly Rejection[];
  /** The highest number that a label (`unknown-7`) ever had here. */
  readonly labels: number;
}

/** A whole gallery, as it is taken elsewhere. */
export interface GallerySnapshot extends GalleryContent {
  readonly faces: readonly GalleryFaceRecord[];
}

/** A gallery without its embeddings, which are by far the most of it. */
export interface GalleryOutline extends GalleryContent {
  /** What it is the outline of: see {@link GalleryStore.version}. */
  readonly version: number;
  /**
   * How many faces each person has, where a store knows it without reading them all; people without any may be left
   * out. Such a store may read `faces` when they are asked for first: what was changed meanwhile may then be seen or
   * not, and an edit made of it is refused as one of another version.
   */
  readonly faceCounts?: ReadonlyMap<string, number>;
}

/** Which faces; all that is given must hold. Data, so that a database can be asked for it. */
export interface FaceFilter {
  /** True: of people with a name; false: of those without. */
  readonly named?: boolean;
  /** Of these people only; none when it is empty. */
  readonly personIds?: readonly string[];
  readonly excludePersonIds?: readonly string[];
}

/** Which part of what was logged, the latest first. */
export interface HistoryPage {
  /** At most so many entries. Default: all. */
  readonly limit?: number;
  /** Entries older than the one of this id only. */
  readonly before?: number;
}

/**
 * A change to a gallery. Stores apply each list atomically: all of it or nothing.
 *
 * - `add-faces` replaces faces of the same id. In a store that keeps a photo library too, a library face's id gives
 *   that face to the person.
 * - `remove-faces` and `remove-person` make faces of kind `photo` and `track` nobody's: they are no longer part of the gallery, and
 *   `move-faces` brings them back. (A photo library has them still; other stores keep them aside.)
 * - `move-faces` leaves out faces that are not there.
 * - `forget-people` removes people, all that shows them wherever it is kept, and what the log says of them, beyond
 *   recovery. The first must be there; the others are ids that may have been merged into them.
 */
export type GalleryChange =
  | { readonly kind: 'add-person'; readonly person: PersonRecord }
  | {
      readonly kind: 'rename-person';
      readonly personId: string;
      readonly name: string;
      readonly unnamed?: boolean;
    }
  | { readonly kind: 'remove-person'; readonly personId: string }
  | { readonly kind: 'forget-people'; readonly personIds: readonly [string, ...string[]] }
  | { readonly kind: 'add-faces'; readonly embedder: string; readonly faces: readonly GalleryFaceRecord[] }
  | {
      readonly kind: 'move-faces';
      readonly faceIds: readonly string[];
      readonly personId: string;
      readonly by: Assigner;
    }
  | { readonly kind: 'remove-faces'; readonly faceIds: readonly string[] }
  | { readonly kind: 'reject' | 'unreject'; readonly pairs: readonly Rejection[] }
  | { readonly kind: 'drop-log-entry'; readonly entryId: number };

/** A change that holds no embedding, so that a log of such changes needs no cleaning but by person. */
export type UndoStep = Extract<
  GalleryChange,
  {
    readonly kind:
      | 'add-person'
      | 'rename-person'
      | 'remove-person'
      | 'move-faces'
      | 'remove-faces'
      | 'reject'
      | 'unreject';
  }
>;

/** What was done, and how to undo it. */
export interface LogEntry {
  /** As the user would type it. */
  readonly action: string;
  /** Ids of all people that it touches. */
  readonly people: readonly string[];
  /** In the order in which they are to be applied. */
  readonly undo: readonly UndoStep[];
}

export interface LoggedChange extends LogEntry {
  /** Ascending. */
  readonly id: number;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** Keeps a gallery beyond the process: in memory, a file, or a database behind a network. Several may use it at once. */
export interface GalleryStore extends AsyncDisposable {
  readonly contract: typeof GALLERY_STORE_CONTRACT;
  /** @throws GalleryError (GALLERY_INVALID) when what is stored cannot be read. */
  load(): Promise<GallerySnapshot>;
  /** As {@link load}, without embeddings. */
  outline(): Promise<GalleryOutline>;
  /**
   * Faces with their embeddings, person by person by id, each person's by id, read as they are asked for: what is
   * changed meanwhile may be seen or not.
   */
  faces(filter?: FaceFilter): AsyncIterable<GalleryFaceRecord>;
  /**
   * What `faces({ named: true })` gives, without what is not searched, in parts, in whatever order is read fastest: an
   * index is made of it whenever a gallery is searched. Optional.
   * @param only `enrolled`: without faces of the photo library that the store itself keeps.
   */
  vectors?(only?: 'enrolled'): AsyncIterable<readonly FaceVector[]>;
  /**
   * Faces of `vectors` to be searched in the store's own way, where that is sooner done than to read them all. Optional.
   * @param isWanted whose faces.
   * @returns undefined where it is not.
   */
  searched?(isWanted: (personId: string) => boolean): Promise<SearchedFaces> | undefined;
  /**
   * Which faces are in view when in videos: those of these people, and those of these ids; what is no track of a video
   * is left out. Edits ask it, so that nobody is in view twice. Stores that keep no library need not have it.
   */
  inView?(of: InViewFilter): Promise<readonly FaceInView[]>;
  /**
   * Applies the changes, and logs them if there is an `entry`, in one transaction.
   * @param expected the {@link version} that the changes were made for.
   * @returns the version from now on.
   * @throws GalleryError (GALLERY_CHANGED) when the store is at another version than expected; (GALLERY_PERSON_UNKNOWN,
   * GALLERY_MODEL_MISMATCH) as the changes say. Nothing is changed then.
   */
  apply(changes: readonly GalleryChange[], entry?: LogEntry, expected?: number): Promise<number>;
  /** What was logged, the latest first. */
  history(page?: HistoryPage): Promise<readonly LoggedChange[]>;
  /** Grows with every change of people or their faces, by whichever process; cheap to ask for. */
  version(): Promise<number>;
  /**
   * Tells of changes, whoever makes them: gives the version each time it is found to be above the one given before.
   * Changes that follow one another may be told as one, and some hundred milliseconds late.
   * @param since the version that is known already.
   * @param signal ends it, without an error.
   */
  follow(since: number, signal: AbortSignal): AsyncIterable<number>;
  /**
   * Reserves numbers for labels; no number is given twice, whichever process asks.
   * @returns the first of `count` numbers in a row.
   */
  claimLabels(count: number): Promise<number>;
}

/** Of faces that a library keeps by itself: they may be nobody's. */
export function isOfLibrary({ kind }: Pick<GalleryFace, 'kind'>): boolean {
  return kind === 'photo' || kind === 'track';
}

const LABEL = /^unknown-([1-9][0-9]{0,8})$/;

/** The label of a person without a name. */
export function labelOf(number: number): string {
  return `unknown-${number}`;
}

/** The number in a label; 0 for what is no label. */
export function labelNumber(name: string): number {
  return Number(LABEL.exec(name)?.[1] ?? 0);
}

/** A pair in the one order in which stores keep it. */
export function orderedRejection([a, b]: Rejection): Rejection {
  return a < b ? [a, b] : [b, a];
}
