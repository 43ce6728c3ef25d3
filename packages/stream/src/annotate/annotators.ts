import type { Box, Face, FrameFaces } from '@fr-stream/core';
import { faceColor, readableOn } from './palette.js';
import { fillDisc, strokeRect, type MutableImage, type Rgb } from './paint.js';
import { pixelate } from './pixelate.js';
import { drawPlate, plateSize } from './text.js';

/** Draws what is known of a frame's faces into a picture of that frame's size. */
export type Annotator = (image: MutableImage, item: FrameFaces) => void;

/** Chooses a colour for a face. */
export type FaceColor = (face: Face) => Rgb;

export interface BoxAnnotatorOptions {
  /** Pixels. Default: 1/200 of the frame's shorter side, at least 2. */
  readonly thickness?: number;
  readonly color?: FaceColor;
}
export interface LabelAnnotatorOptions {
  /** Font size in pixels. Default: 1/28 of the frame's shorter side, at least 13. */
  readonly size?: number;
  readonly color?: FaceColor;
  /** What to write; undefined for nothing. Default: {@link faceLabel}. */
  readonly text?: (face: Face) => string | undefined;
}
export interface LandmarkAnnotatorOptions {
  /** Pixels. Default: 1/80 of the face's width, at least 1. */
  readonly radius?: number;
  readonly color?: FaceColor;
}

/** Where a face is: the tracker's box if there is one, else the detector's. */
export function faceBox(face: Face): Box {
  return face.track?.box ?? face.detection.box;
}

/** The name and its score, a stranger's label, or undefined for a face that nobody looked at. */
export function faceLabel(face: Face): string | undefined {
  const { identity } = face;
  if (!identity) return undefined;
  if (identity.kind === 'known') return `${identity.name} ${identity.score.toFixed(2)}`;
  return identity.label ?? (identity.reason === 'not-evaluated' ? undefined : 'unknown');
}

/** Outlines each face. */
export function boxAnnotator(options: BoxAnnotatorOptions = {}): Annotator {
  const color = options.color ?? faceColor;
  return (image, { faces }) => {
    const thickness = options.thickness ?? Math.max(2, Math.round(Math.min(image.width, image.height) / 200));
    for (const face of faces) {
      const { x, y, width, height } = faceBox(face);
      strokeRect(image, x, y, width, height, thickness, color(face));
    }
  };
}

/** Writes each face's label on a plate above its box, or inside it where there is no room above. */
export function labelAnnotator(options: LabelAnnotatorOptions = {}): Annotator {
  const color = options.color ?? faceColor;
  const text = options.text ?? faceLabel;
  return (image, { faces }) => {
    const size = options.size ?? Math.max(13, Math.round(Math.min(image.width, image.height) / 28));
    for (const face of faces) {
      const label = text(face);
      if (!label) continue;
      const box = faceBox(face);
      const plate = plateSize(label, size);
      const x = Math.max(0, Math.min(box.x, image.width - plate.width));
      const y = box.y >= plate.height ? box.y - plate.height : Math.max(0, box.y);
      const fill = color(face);
      drawPlate(image, label, x, y, size, fill, readableOn(fill));
    }
  };
}

/** Marks each landmark with a dot. */
export function landmarkAnnotator(options: LandmarkAnnotatorOptions = {}): Annotator {
  const color = options.color ?? faceColor;
  return (image, { faces }) => {
    for (const face of faces) {
      const radius = options.radius ?? Math.max(1, faceBox(face).width / 80);
      for (const { x, y } of face.detection.landmarks?.points ?? [])
        fillDisc(image, x, y, radius, color(face));
    }
  };
}

/**
 * Makes faces unrecognisable: each box, grown by a fifth to every side, becomes a mosaic of 6x6 flat tiles.
 * @param hide tells which. Default: everyone who is not a known person.
 */
export function blurAnnotator(
  hide: (face: Face) => boolean = (face) => face.identity?.kind !== 'known',
): Annotator {
  return (image, { faces }) => {
    for (const face of faces) {
      if (!hide(face)) continue;
      const { x, y, width, height } = faceBox(face);
      pixelate(image, { x: x - width / 5, y: y - height / 5, width: width * 1.4, height: height * 1.4 }, 6);
    }
  };
}

/** Runs annotators one after the other; later ones draw over earlier ones. */
export function composeAnnotators(...annotators: readonly Annotator[]): Annotator {
  return (image, item) => {
    for (const annotate of annotators) annotate(image, item);
  };
}

/** Boxes, landmarks and labels in their default style. */
export function defaultAnnotator(): Annotator {
  return composeAnnotators(boxAnnotator(), landmarkAnnotator(), labelAnnotator());
}
