import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import {
  SessionAnalyzer,
  SessionDetector,
  SessionEmbedder,
  SessionLandmarker,
  TemplateAligner,
  type Detection,
  type Image,
  type InferenceSession,
  type ModelCard,
  type ModelSpeed,
} from '@fr-stream/core';
import { OnnxRuntimeBackend, type NodeModelStore } from '@fr-stream/backend-node';
import { createEngine, createModelStore } from 'fr-stream/engine';
import { MODEL_CARDS, openInput } from '@fr-stream/models';
import { markdownTable } from 'markdown-table';
import { changeCard } from './card-file.js';
import { progressBar } from './progress.js';
import { AT_ONCE, milliseconds, timed } from './speed.js';

/** The photo that everything is timed on: one face, part of the repository. */
export const SPEED_PHOTO = fileURLToPath(
  new URL('../../packages/cli/assets/golden-face.jpg', import.meta.url),
);

interface TestFace {
  readonly image: Image;
  readonly detection: Detection;
}

/** What is timed of a model: eight pictures, or the same face eight times. */
function task(card: ModelCard, session: InferenceSession, face: TestFace): () => Promise<unknown> {
  const images = Array.from({ length: AT_ONCE }, () => face.image);
  const faces = images.map(() => face.detection);
  switch (card.task) {
    case 'detector': {
      const detector = new SessionDetector(card, session);
      return () => detector.detect(images);
    }
    case 'landmarker': {
      const landmarker = new SessionLandmarker(card, session);
      return () =>
        landmarker.landmarks(
          face.image,
          faces.map(({ box }) => box),
        );
    }
    case 'embedder': {
      const embedder = new SessionEmbedder(card, session);
      const aligner = new TemplateAligner(embedder.template);
      return () => embedder.embed(aligner.align(face.image, faces));
    }
    case 'analyzer': {
      const analyzer = new SessionAnalyzer(card, session);
      return () => analyzer.analyze(face.image, faces);
    }
  }
}

async function measureCard(published: ModelCard, store: NodeModelStore, face: TestFace): Promise<ModelSpeed> {
  const { card, model } = openInput(published, await store.bytes(published));
  const at = async (workers: number): Promise<number> => {
    await using backend = new OnnxRuntimeBackend({ workers });
    const session = await backend.load(model, { providers: ['cpu'], intraOpThreads: 1 });
    const ms = (await timed(task(card, session, face))) / AT_ONCE;
    return Number(ms.toPrecision(3));
  };
  return {
    ms: [await at(1), await at(2)],
    per: card.task === 'detector' ? 'picture' : 'face',
    on: cpus()[0]?.model.trim() ?? 'unknown CPU',
  };
}

export interface CardSpeedOptions {
  /** Put the figures into the cards. */
  readonly write?: boolean;
  readonly quiet?: boolean;
}

/**
 * Times every model whose file is in the cache, one at a time, on the test photo.
 * @param ids these cards only; none for all.
 * @returns a table, Markdown.
 */
export async function cardSpeedTable(ids: readonly string[], options: CardSpeedOptions): Promise<string> {
  const store = createModelStore({ acceptLicences: MODEL_CARDS.map(({ id }) => id) });
  const wanted = MODEL_CARDS.filter(({ id }) => ids.length === 0 || ids.includes(id));
  const face = await (async (): Promise<TestFace> => {
    await using engine = await createEngine({ quiet: true });
    const { image } = await engine.codec.decode(SPEED_PHOTO);
    const [[detection]] = await engine.detector.detect([image]);
    return { image, detection };
  })();
  const rows: string[][] = [];
  {
    using bar = progressBar('models', wanted.length, options.quiet === true);
    for (const card of wanted) {
      if (await store.has(card)) {
        const speed = await measureCard(card, store, face);
        rows.push([card.id, milliseconds(...speed.ms), speed.per, speed.on]);
        if (options.write === true) await changeCard(card.id, (json) => ({ ...json, speed }));
      } else rows.push([card.id, 'not run', '', '']);
      bar.tick();
    }
  }
  return `${markdownTable([['Model', 'ms, 1 / 2 threads', 'per', 'CPU'], ...rows])}\n`;
}
