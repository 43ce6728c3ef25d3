import type { Derivation } from '@fr-stream/core';
import { ConversionError } from './conversion-error.js';
import {
  FACE_API_ARCHITECTURES,
  isFaceApiArchitecture,
  type FaceApiArchitecture,
} from './face-api/architectures.js';

/** What a conversion can start from, see `Derivation.architecture`. */
export type Architecture = 'tfjs-graph' | 'onnx' | FaceApiArchitecture;

export type ConversionOptions = NonNullable<Derivation['options']>;

/** @throws ConversionError (INPUT_UNSUPPORTED) for a name that this converter does not know. */
export function architectureOf(name: string): Architecture {
  if (name === 'tfjs-graph' || name === 'onnx' || isFaceApiArchitecture(name)) return name;
  throw new ConversionError(`"${name}" is no architecture that can be converted`, {
    hint: `Known: tfjs-graph, onnx, ${Object.keys(FACE_API_ARCHITECTURES).join(', ')}.`,
  });
}
