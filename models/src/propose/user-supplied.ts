import {
  ModelError,
  defined,
  type UserSuppliedDetectorCard,
  type DetectorDecode,
  type ModelCard,
} from '@fr-stream/core';
import { USER_SUPPLIED_DETECTORS } from '../cards.generated.js';
import type { Proposal } from './propose.js';

function hasKeyPoints(decode: DetectorDecode): boolean {
  return 'kps' in decode ? decode.kps !== undefined : decode.family === 'blazeface';
}

function sameLayout(a: DetectorDecode, b: DetectorDecode): boolean {
  return a.family === b.family && hasKeyPoints(a) === hasKeyPoints(b);
}

/** Detectors that a user-supplied file may be, by what its graph gives: the ones that differ in size alone. */
export function userSuppliedLike(card: ModelCard): readonly UserSuppliedDetectorCard[] {
  return card.task === 'detector'
    ? USER_SUPPLIED_DETECTORS.filter(({ decode }) => sameLayout(decode, card.decode))
    : [];
}

/**
 * The card of a file that its user says is this detector: preprocessing, thresholds and terms are known, names and
 * sizes are the graph's.
 * @param proposal made of the graph alone.
 * @throws ModelError (INPUT_UNSUPPORTED) when the graph has the outputs of something else.
 */
export function completeUserSupplied(userSupplied: UserSuppliedDetectorCard, { card }: Proposal): Proposal {
  if (card.task !== 'detector' || !sameLayout(userSupplied.decode, card.decode)) {
    const kind = card.task === 'detector' ? `${card.decode.family} detector` : card.task;
    const points = card.task === 'detector' && !hasKeyPoints(card.decode) ? ' without key points' : '';
    throw new ModelError(
      'INPUT_UNSUPPORTED',
      `The file is no ${userSupplied.title}: its outputs are those of a ${kind}${points}`,
      { hint: 'Add it without an id: fr-stream models add FILE.onnx' },
    );
  }
  const { bytes, sha256, sources } = card;
  const { channels, mean, std, fit, padding } = userSupplied.input;
  const input = defined({ ...card.input, channels, mean, std, fit, padding });
  const complete = { ...userSupplied, input, decode: card.decode, sha256, sources, ...defined({ bytes }) };
  return { card: complete, preprocessings: [complete.input], guesses: [] };
}
