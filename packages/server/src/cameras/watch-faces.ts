import {
  mapFaces,
  type Detector,
  type DetectOptions,
  type Face,
  type FrameFaces,
  itemAt,
} from '@fr-stream/core';
import type { OperatorFunction } from 'rxjs';
import type { Zone } from '../config/schema.js';
import type { Gate } from './gate.js';
import { isFaceWatched } from './zones.js';

/** Finds the faces that are in the watched zones, in the frames that the gate lets through. */
export function watchFaces(
  detector: Detector,
  gate: Gate,
  zones: readonly Zone[],
  options: DetectOptions,
): OperatorFunction<FrameFaces<Face>, FrameFaces<Face>> {
  return mapFaces(2, async ({ frame }) => {
    if (!gate.isOpen(frame, new Date())) return { faces: [], evaluated: false, cut: false };
    const detections = itemAt(await detector.detect([frame.image], options), 0);
    const { width, height } = frame.image;
    const faces = detections
      .filter(({ box }) => zones.length === 0 || isFaceWatched(zones, box, width, height))
      .map((detection) => ({ detection }));
    if (faces.length > 0) gate.faceSeen(frame.timeMs);
    return { faces, evaluated: true, cut: false };
  });
}
