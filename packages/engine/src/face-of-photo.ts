import {
  embeddedQuality,
  faceQuality,
  failedGate,
  GalleryError,
  iou,
  isPlausibleFace,
  type AlignedFace,
  type Detection,
  type EnrolledFace,
  type FaceQuality,
  type FrStreamError,
  type ImageCodec,
  type QualityGates,
  itemAt,
} from '@fr-stream/core';
import type { Engine } from './engine.js';

/** What finds and embeds the faces of a picture file. */
export interface PhotoEngine extends Pick<Engine, 'detector' | 'aligner' | 'embedder'> {
  readonly codec: ImageCodec;
  /** Told what is wrong with a photo though it was decoded: it is cut short. */
  readonly onWarning?: (path: string, warning: string) => void;
}

/** Pictures for enrolment need no more than this. */
const MAX_PIXELS = 12_000_000;

export interface PhotoFace {
  readonly detection: Detection;
  readonly aligned: AlignedFace;
  readonly quality: FaceQuality;
}

/** All faces of a photo file that are believed to be some, the largest first. @throws SourceError when it cannot be decoded. */
export async function facesOfPhoto(engine: PhotoEngine, path: string): Promise<readonly PhotoFace[]> {
  return plausible(engine, await detectedInPhoto(engine, path));
}

/** What the detector takes for faces, the largest first. */
async function detectedInPhoto(engine: PhotoEngine, path: string): Promise<readonly PhotoFace[]> {
  const { image, warning } = await engine.codec.decode(path, { maxPixels: MAX_PIXELS });
  if (warning !== undefined) engine.onWarning?.(path, warning);
  const detections = itemAt(await engine.detector.detect([image]), 0);
  const area = ({ box }: Detection): number => box.width * box.height;
  const sorted = [...detections].sort((a, b) => area(b) - area(a));
  const pictures = engine.aligner.align(image, sorted);
  return sorted.map((detection, i) => {
    const aligned = itemAt(pictures, i);
    return { detection, aligned, quality: faceQuality(detection, aligned) };
  });
}

/** Without what the detector was not sure of and the embedder makes nothing of: a forehead, hair, a pattern. */
async function plausible(
  { detector: { sure }, embedder }: PhotoEngine,
  found: readonly PhotoFace[],
): Promise<readonly PhotoFace[]> {
  const { norms } = embedder;
  const doubtful = found.filter(({ detection: { score } }) => sure !== undefined && score < sure);
  if (norms === undefined || doubtful.length === 0) return found;
  const embeddings = await embedder.embed(doubtful.map(({ aligned }) => aligned));
  const none = new Set(
    doubtful.filter(({ quality, detection: { score } }, i) => {
      return !isPlausibleFace(quality, score, itemAt(embeddings, i).norm, { sure, norms });
    }),
  );
  return found.filter((face) => !none.has(face));
}

export interface EnrolRules extends QualityGates {
  /** Faces rated lower are refused, 0..1. */
  readonly minQuality: number;
  /** Take the largest face of a photo that shows several. */
  readonly largest: boolean;
}

/** Faces much smaller than the largest are bystanders and do not make a portrait ambiguous. */
const BYSTANDER = 0.35;

/**
 * The one face of a photo that is fit to enrol a person with.
 * @throws GalleryError (GALLERY_NO_FACE) when there is none, it is too poor, or it is not clear whose it is.
 */
export async function enrolableFace(
  engine: PhotoEngine,
  path: string,
  rules: EnrolRules,
): Promise<EnrolledFace> {
  const detected = await detectedInPhoto(engine, path);
  const believed = await plausible(engine, detected);
  // Where none is believed, what is wrong with the largest says more than that there is none.
  return enrolableAmong(engine, believed.length > 0 ? believed : detected, path, rules);
}

/**
 * As {@link enrolableFace}, of a picture whose faces are found already.
 * @param faces the largest first. @param path for messages, and the face's source.
 */
export async function enrolableAmong(
  engine: Pick<PhotoEngine, 'embedder'>,
  faces: readonly PhotoFace[],
  path: string,
  rules: EnrolRules,
): Promise<EnrolledFace> {
  const [first, second] = faces;
  const refuse = (message: string, hint: string): FrStreamError =>
    new GalleryError('GALLERY_NO_FACE', `${path}: ${message}`, { hint });
  if (first === undefined)
    throw refuse('no face was found.', 'Use a photo that shows the face larger and from the front.');
  const side = ({ detection: { box } }: PhotoFace): number => Math.sqrt(box.width * box.height);
  if (
    !rules.largest &&
    second !== undefined &&
    side(second) > BYSTANDER * side(first) &&
    iou(first.detection.box, second.detection.box) < 0.1
  ) {
    throw refuse(
      `it shows ${faces.length} faces.`,
      'Crop it to the one, or take the largest with --largest.',
    );
  }
  if (first.quality.overall < rules.minQuality) {
    const { size, sharpness, yaw, overall } = first.quality;
    throw refuse(
      `the face is too poor to enrol (quality ${overall.toFixed(2)}: ${Math.round(size)} px, sharpness ${Math.round(sharpness)}, yaw ${yaw.toFixed(2)}).`,
      `Use a larger, sharper, more frontal photo (if this one lies on its side or stands on its head, turn it), or lower --min-quality (now ${rules.minQuality}).`,
    );
  }
  const embedding = itemAt(await engine.embedder.embed([first.aligned]), 0);
  const { norms } = engine.embedder;
  const quality = embeddedQuality(first.quality, first.detection.score, embedding.norm, norms);
  if (quality.overall < rules.minQuality) {
    throw refuse(
      `what was found does not look enough like a face to enrol (quality ${quality.overall.toFixed(2)}).`,
      `If the photo lies on its side or stands on its head, turn it; else use a better one, or lower --min-quality (now ${rules.minQuality}).`,
    );
  }
  const failed = failedGate({ ...first, norm: embedding.norm }, rules);
  if (failed !== undefined)
    throw refuse(`the face does not pass: ${failed}.`, 'Use another photo, or another limit.');
  return { embedding, source: path, quality: quality.overall };
}
