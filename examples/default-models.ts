/** The three default models, ready to use: what the other examples share. */
import {
  LandmarkedDetector,
  SessionDetector,
  SessionEmbedder,
  SessionLandmarker,
  TemplateAligner,
} from '@fr-stream/core';
import { NodeModelStore, OnnxRuntimeBackend } from '@fr-stream/backend-node';
import { DEFAULT_CHAIN } from '@fr-stream/models';

/** Fetches them first where they are not in the user's cache. */
export async function loadDefaultModels() {
  const store = new NodeModelStore();
  const backend = new OnnxRuntimeBackend();
  const load = async (card: (typeof DEFAULT_CHAIN)[keyof typeof DEFAULT_CHAIN]) =>
    backend.load(await store.bytes(card));
  const { detector, landmarker, embedder } = DEFAULT_CHAIN;
  const embed = new SessionEmbedder(embedder, await load(embedder));
  return {
    detector: new LandmarkedDetector(
      new SessionDetector(detector, await load(detector)),
      new SessionLandmarker(landmarker, await load(landmarker)),
    ),
    aligner: new TemplateAligner(embed.template),
    embedder: embed,
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  };
}
