import {
  LandmarkedDetector,
  SessionDetector,
  SessionEmbedder,
  SessionLandmarker,
  TemplateAligner,
  type Box,
  type ModelCard,
  type Point,
} from '@fr-stream/core';
import { NodeModelStore, OnnxRuntimeBackend, SharpCodec } from '@fr-stream/backend-node';
import { DEFAULT_CHAIN, openInput } from '@fr-stream/models';

export interface FoundFace {
  readonly box: Box;
  readonly score: number;
  readonly points: readonly Point[];
  readonly vector: readonly number[];
}

/** The same chain through onnxruntime-node and sharp. */
export async function facesInNode(files: readonly string[]): Promise<FoundFace[][]> {
  const store = new NodeModelStore();
  await using backend = new OnnxRuntimeBackend();
  const load = async (card: ModelCard) => backend.load(await store.bytes(card));
  const { detector: published, landmarker, embedder } = DEFAULT_CHAIN;
  const { card: detector, model } = openInput(published, await store.bytes(published));
  const chain = new LandmarkedDetector(
    new SessionDetector(detector, await backend.load(model)),
    new SessionLandmarker(landmarker, await load(landmarker)),
  );
  const net = new SessionEmbedder(embedder, await load(embedder));
  const pictures: FoundFace[][] = [];
  for (const file of files) {
    const { image } = await new SharpCodec().decode(file);
    const [detections] = await chain.detect([image]);
    const embeddings = await net.embed(new TemplateAligner().align(image, detections));
    pictures.push(
      detections.map(({ box, score, landmarks }, i) => ({
        box,
        score,
        points: landmarks?.points ?? [],
        vector: Array.from(embeddings[i].vector),
      })),
    );
  }
  return pictures;
}
