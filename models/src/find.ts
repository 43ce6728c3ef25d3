import { ModelError } from '@fr-stream/core';
import type {
  AnalyzerCard,
  UserSuppliedDetectorCard,
  DetectorCard,
  EmbedderCard,
  EmbedderFusion,
  LandmarkerCard,
  ModelCard,
} from '@fr-stream/core';
import { USER_SUPPLIED_DETECTORS, EMBEDDER_FUSIONS, MODEL_CARDS } from './cards.generated.js';

/** Edits (insert, delete, replace) that turn `a` into `b` (Levenshtein, 1966). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The `count` ids most like `id`, best first: ids that contain it, or share its first word, come before others. */
export function nearestIds(id: string, ids: readonly string[], count = 3): readonly string[] {
  const wanted = id.toLowerCase();
  const head = wanted.split(/[-_.]/, 1)[0] ?? wanted;
  const rank = (candidate: string) =>
    editDistance(wanted, candidate) -
    (wanted !== '' && candidate.includes(wanted) ? 100 : 0) -
    (head.length > 2 && candidate.startsWith(head) ? 50 : 0);
  return [...ids].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1)).slice(0, count);
}

/**
 * The card with this id.
 * @throws ModelError (MODEL_UNKNOWN), its hint naming the ids most like it.
 */
export function findCard(id: string, cards: readonly ModelCard[] = MODEL_CARDS): ModelCard {
  const card = cards.find((candidate) => candidate.id === id);
  if (card !== undefined) return card;
  if (findUserSupplied(id) !== undefined) {
    throw new ModelError('MODEL_UNKNOWN', `${id} has no file yet: no published one is known to us`, {
      hint: `Bring yours: fr-stream models add ${id} FILE.onnx`,
    });
  }
  const nearest = nearestIds(
    id,
    cards.map((candidate) => candidate.id),
  );
  throw new ModelError('MODEL_UNKNOWN', `There is no model "${id}"`, {
    hint:
      nearest.length === 0
        ? 'No model card is known at all.'
        : `Did you mean ${nearest.join(', ')}? "fr-stream models list" shows all.`,
  });
}

type CardOfTask<T extends ModelCard['task']> = T extends 'detector'
  ? DetectorCard
  : T extends 'landmarker'
    ? LandmarkerCard
    : T extends 'embedder'
      ? EmbedderCard
      : AnalyzerCard;

function isOfTask<T extends ModelCard['task']>(card: ModelCard, task: T): card is CardOfTask<T> & ModelCard {
  return card.task === task;
}

/**
 * The card with this id, which must do this task.
 * @throws ModelError (MODEL_UNKNOWN) when there is none, or when it does something else.
 */
export function findCardFor<T extends ModelCard['task']>(
  task: T,
  id: string,
  cards: readonly ModelCard[] = MODEL_CARDS,
): CardOfTask<T> {
  const card = findCard(id, cards);
  if (isOfTask(card, task)) return card;
  const others = cards.filter((candidate) => candidate.task === task).map((candidate) => candidate.id);
  throw new ModelError('MODEL_UNKNOWN', `The model "${id}" does the task "${card.task}", not "${task}"`, {
    hint: `Models for this task: ${others.join(', ') || 'none'}.`,
  });
}

/** The detector with this id whose file the user has to bring, if there is one. */
export function findUserSupplied(id: string): UserSuppliedDetectorCard | undefined {
  return USER_SUPPLIED_DETECTORS.find((card) => card.id === id);
}

/** The fusion with this id, if there is one. */
export function findFusion(id: string): EmbedderFusion | undefined {
  return EMBEDDER_FUSIONS.find((fusion) => fusion.id === id);
}

/** The embedder that `--accurate` uses. */
export const ACCURATE_EMBEDDER = 'faceplugin-feature-512+dlib-resnet-128';

/** What runs when nothing else is asked for. All three files come from the npm registry alone. */
export const DEFAULT_CHAIN: {
  readonly detector: DetectorCard;
  readonly landmarker: LandmarkerCard;
  readonly embedder: EmbedderCard;
} = {
  detector: findCardFor('detector', 'ultraface-rfb-320'),
  landmarker: findCardFor('landmarker', 'faceplugin-landmark-68'),
  embedder: findCardFor('embedder', 'faceplugin-feature-512'),
};
