import type {
  Candidate,
  ClassProbabilities,
  Detection,
  EmbedderCard,
  EyeResults,
  FaceQuality,
  DetectorCard,
  GalleryPerson,
  HeadPose,
  Identity,
  LandmarkerCard,
  TrackRef,
  TimeSpan,
} from '@fr-stream/core';
import type { ProviderChoice } from '@fr-stream/backend-web';
import type { RunningModel } from '@fr-stream/engine';
import type { SimilarFace } from './seen-faces.js';

/** The models that find, align and embed faces. */
export interface ChainCards {
  readonly detector: DetectorCard;
  /** Leave away for detectors that find key points themselves. */
  readonly landmarker?: LandmarkerCard;
  readonly embedder: EmbedderCard;
}

export interface FaceEngineOptions {
  /** Default: the default chain. */
  readonly cards?: ChainCards;
  /** Id of the card of another detector, whose file the folder has too. Not beside `cards`. */
  readonly detector?: string;
  /** Id of the card of another embedder, with which people have a gallery of their own: embeddings of two are never mixed. */
  readonly embedder?: string;
  /** Folder with `<card id>.onnx`, ending in `/`. */
  readonly modelBase: string;
  /** Folder with onnxruntime-web's files, ending in `/`. */
  readonly wasmBase: string;
  /** Default `auto`. */
  readonly provider?: ProviderChoice;
  /** See `OnnxWebBackendOptions.wasmThreads`. */
  readonly threads?: number;
  /** Name of the gallery's database. Default: one for each embedder. */
  readonly gallery?: string;
  /** Cosine similarity from which a name is given. Default: the embedder's. */
  readonly threshold?: number;
  /** What else to tell of each face: `pose`, `eyes`, `liveness`, `quality` ... Their models must be served too. */
  readonly analyze?: readonly string[];
}

export interface EngineInfo {
  readonly models: readonly RunningModel[];
  readonly isolated: boolean;
  /** Of WASM: more than one needs a cross-origin isolated page. */
  readonly threads: number;
  /** Cosine similarity from which a name is given. */
  readonly threshold: number;
  /** Set when nothing outlives the page, and why: the browser gives it no IndexedDB. */
  readonly forgetful?: string;
}

export interface BeginOptions {
  /**
   * Of a video, faces are looked for at most so often, in milliseconds of its own time; in frames between, they are
   * shown where the tracker expects them, and less often still while little moves (see `CalmFrames`). The first frame of a
   * shot is always searched. Default 0: every frame.
   */
  readonly detectEveryMs?: number;
  /** Of a video, its file: if it was gone through before, faces that are named are those of its tracks. */
  readonly file?: File;
}

export interface FrameAt {
  readonly timeMs: number;
  readonly index: number;
  readonly source: string;
}

/**
 * What analysers tell of a face, by their names. Of `liveness` it is not known how well it tells a photo of a photo: no such
 * picture has been tried.
 */
export interface FaceAttributes {
  readonly pose?: HeadPose;
  readonly eyes?: EyeResults;
  readonly liveness?: ClassProbabilities;
  readonly quality?: FaceQuality;
  readonly [name: string]: unknown;
}

export interface AnalyzedFace {
  /** Names the face in calls to this engine, once it has been embedded. */
  readonly id: string;
  readonly detection: Detection;
  readonly identity: Identity;
  readonly track?: TrackRef;
  readonly quality?: FaceQuality;
  /** What `FaceEngineOptions.analyze` asked for, by its name. */
  readonly attributes?: FaceAttributes;
  /** A new picture of the face, when this is the best so far. */
  readonly picture?: Blob;
}

export interface AnalyzedFrame extends FrameAt {
  readonly width: number;
  readonly height: number;
  readonly faces: readonly AnalyzedFace[];
  /** False where faces were not looked for, but shown where they are expected; see `BeginOptions`. */
  readonly evaluated: boolean;
  /** Milliseconds from pixels to names. */
  readonly ms: number;
}

export interface PersonView extends GalleryPerson {
  /** Small pictures of them, the best first. */
  readonly shots: readonly Blob[];
}

export interface SimilarFaces {
  readonly people: readonly Candidate[];
  readonly faces: readonly SimilarFace[];
}

/** A face of a person, as a people manager shows it. */
export interface PersonFace {
  readonly id: string;
  /** Where it came from, for people to read. */
  readonly source: string;
  /** 0..1 */
  readonly quality: number;
  readonly picture?: Blob;
}

/** Somebody in a kept video. */
export interface KeptVideoPerson {
  /** Of the track, and of the face in the gallery once it is somebody's. */
  readonly id: string;
  readonly identity: Identity;
  /** When they are in view, in milliseconds of the video's own time. */
  readonly spans: readonly TimeSpan[];
  /** When they are seen best. */
  readonly bestMs: number;
  readonly picture?: Blob;
}

/** What is kept of a video that was gone through; the video itself stays where it is. */
export interface KeptVideo {
  /** Its name, with the folder it was opened with. */
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly durationMs: number;
  /** In order of appearance. */
  readonly people: readonly KeptVideoPerson[];
}

/** What is kept beside the gallery. */
export interface KeptFiles {
  readonly videos: readonly KeptVideo[];
  /** By content: a photo that was opened under two names is one. */
  readonly photos: number;
  /** Faces in photos. */
  readonly faces: number;
}
