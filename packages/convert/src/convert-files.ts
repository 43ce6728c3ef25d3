import { convertFaceApi } from './face-api/architectures.js';
import { ConversionError } from './conversion-error.js';
import type { Architecture, ConversionOptions } from './architecture.js';
import { cleanModel } from './rewrite/clean.js';
import { dynamicBatch } from './rewrite/dynamic-batch.js';
import { convertGraph, type ConvertedGraph } from './tfjs/convert-graph.js';
import { readModelJson } from './tfjs/model-json.js';
import { readWeights, type WeightsManifest } from './tfjs/weights.js';

/** The content of the files of a conversion, in the order of `Derivation.sources`. */
export type SourceBytes = readonly [Uint8Array, ...Uint8Array[]];

/**
 * Converts files that are in memory.
 *
 * @param name How the graph and errors name the model.
 * @throws ConversionError naming the node for what is not supported; ModelError MODEL_CORRUPT for broken files.
 */
export function convertFiles(
  architecture: Architecture,
  files: SourceBytes,
  name: string,
  options: ConversionOptions = {},
): ConvertedGraph {
  const [first, ...rest] = files;
  if (architecture === 'onnx') {
    const cleaned = cleanModel(first, name, options).bytes;
    const freed = dynamicBatch(cleaned, name);
    return freed.ok ? { bytes: freed.bytes } : { bytes: cleaned, fixedBatch: freed.reason };
  }
  const json = readModelJson(new TextDecoder().decode(first), name);
  const manifest = json.kind === 'graph' ? json.graph.manifest : json.manifest;
  const weights = readWeights(
    manifest.flatMap((group) => group.weights),
    joined(rest),
  );
  if (architecture === 'tfjs-graph') {
    if (json.kind !== 'graph') {
      throw new ConversionError(`${name}: only weights, no graph`, {
        hint: 'Say which architecture they belong to (--architecture).',
      });
    }
    return convertGraph(json.graph, weights, { ...options, name });
  }
  return convertFaceApi(architecture, weights, options.side);
}

/** Weight files that a model's JSON names, in order. */
export function weightPaths(manifest: WeightsManifest): string[] {
  return manifest.flatMap(({ paths }) => paths);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
