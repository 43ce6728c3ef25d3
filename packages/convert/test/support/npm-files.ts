import { readFile } from 'node:fs/promises';
import { AssetCache } from '@fr-stream/backend-node';
import { FrStreamError } from '@fr-stream/core';
import { findCard } from '@fr-stream/models';
import { architectureOf, type Architecture, type ConversionOptions } from '../../src/architecture.js';

/** Files fetched for a test, or why they could not be: then the test is skipped with that reason. */
export type Fetched =
  | { readonly files: readonly Uint8Array[]; readonly missing?: undefined }
  | { readonly files?: undefined; readonly missing: string };

export async function fetchFiles(
  sources: readonly { readonly id: string; readonly sources: readonly string[]; readonly sha256?: string }[],
): Promise<Fetched> {
  try {
    const paths = await new AssetCache().fetchAll(sources);
    return { files: await Promise.all(paths.map((path) => readFile(path))) };
  } catch (error) {
    // Only the network may be missing; wrong content must fail the test.
    if (FrStreamError.isInstance(error) && error.code === 'MODEL_DOWNLOAD_FAILED') {
      return { missing: `the npm registry cannot be reached: ${error.message}` };
    }
    throw error;
  }
}

export interface Recipe {
  readonly architecture: Architecture;
  readonly sources: readonly {
    readonly id: string;
    readonly sources: readonly string[];
    readonly sha256: string;
  }[];
  readonly options: ConversionOptions | undefined;
  /** Of the result. */
  readonly sha256: string;
}

/** How the card of a derived model says that it is made. */
export function recipeOf(id: string): Recipe {
  const { derived, sha256 } = findCard(id);
  if (derived === undefined) throw new Error(`${id} is not derived`);
  return {
    architecture: architectureOf(derived.architecture),
    sources: derived.sources.map((each) => ({
      id: each.source,
      sources: [each.source],
      sha256: each.sha256,
    })),
    options: derived.options,
    sha256,
  };
}
