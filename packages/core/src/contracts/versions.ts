import { ArgumentError } from '../errors.js';
import { GALLERY_STORE_CONTRACT } from '../identity/gallery-store.js';
import { MEDIA_LIBRARY_CONTRACT } from './media-library.js';
import { VECTOR_INDEX_CONTRACT } from './vector-index.js';

/**
 * The version of each contract that a plugin may implement. It is raised when an implementation that was right before
 * no longer is; optional members are added without that. The suites of `@fr-stream/core/testing` check the version that
 * they came with.
 */
export const CONTRACT_VERSIONS = {
  frameSource: 1,
  sink: 1,
  detector: 1,
  detectorDecoder: 1,
  landmarker: 1,
  aligner: 1,
  embedder: 1,
  analyzer: 1,
  tracker: 1,
  inferenceBackend: 1,
  imageCodec: 1,
  galleryStore: GALLERY_STORE_CONTRACT,
  mediaLibrary: MEDIA_LIBRARY_CONTRACT,
  vectorIndex: VECTOR_INDEX_CONTRACT,
} as const;

export type ContractName = keyof typeof CONTRACT_VERSIONS;

/**
 * To be asked with the versions that a plugin says it was written for.
 * @param who names the plugin in the error.
 * @throws ArgumentError naming the contract that is unknown, or of another version than this one.
 */
export function requireContracts(who: string, written: Readonly<Record<string, number>>): void {
  for (const [name, version] of Object.entries(written)) {
    const ours = Object.hasOwn(CONTRACT_VERSIONS, name) ? CONTRACT_VERSIONS[name as ContractName] : undefined;
    if (ours === version) continue;
    throw new ArgumentError(
      ours === undefined
        ? `${who} implements a contract "${name}" that this fr-stream does not know.`
        : `${who} was written for version ${version} of the contract "${name}"; this fr-stream has version ${ours}.`,
      { hint: `Install the version of ${who} that goes with this fr-stream.` },
    );
  }
}
