import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  ArgumentError,
  messageOf,
  SourceError,
  type UserSuppliedDetectorCard,
  type ModelCard,
} from '@fr-stream/core';
import {
  OnnxRuntimeBackend,
  readCard,
  requireRegularFile,
  type NodeModelStore,
} from '@fr-stream/backend-node';
import {
  userSuppliedLike,
  completeUserSupplied,
  probeGraph,
  proposeCard,
  type Proposal,
} from '@fr-stream/models';
import { knownCards } from '../compose/model-store.js';
import { tryModel, type Trial } from './try-model.js';

export interface AddOptions {
  readonly id?: string;
  /** The user's own card file, instead of a proposed one. */
  readonly card?: string;
  readonly acceptLicence?: boolean;
  /** What the user says that the file is. */
  readonly as?: UserSuppliedDetectorCard;
}

export interface UserSuppliedModel {
  readonly card: ModelCard;
  /** Where the model lies now. */
  readonly path: string;
  /** The card's file, when it is the user's and not one of ours. */
  readonly cardPath?: string;
  readonly guesses: readonly string[];
  /** How it did on the test face; absent for files that we know. */
  readonly trial?: Trial;
  /** Ids of known detectors that the file may be, by its outputs. */
  readonly maybe: readonly string[];
}

/**
 * Takes in a model file: one that we know by its content, one that the user has written a card for, or one whose card
 * is proposed from its graph and tried on a face.
 * @throws SourceError, ArgumentError, ModelError (INPUT_UNSUPPORTED), BackendError (BACKEND_LOAD_FAILED)
 */
export async function bringModel(
  store: NodeModelStore,
  file: string,
  options: AddOptions,
): Promise<UserSuppliedModel> {
  const bytes = await requireRegularFile(file)
    .then(() => readFile(file))
    .catch((cause: unknown) => {
      throw new SourceError('INPUT_NOT_FOUND', `${file} cannot be read: ${messageOf(cause)}`, {
        hint: 'Give the path of an ONNX file, or the id of a model and the path.',
        cause,
      });
    });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const cards = await knownCards(store);
  const same = cards.find((card) => card.sha256 === sha256);
  if (
    same !== undefined &&
    options.card === undefined &&
    options.id === undefined &&
    options.as === undefined
  ) {
    if (options.acceptLicence === true) await store.acceptLicence(same);
    return { card: same, path: await store.add(same, file), guesses: [], maybe: [] };
  }
  const id = options.as?.id ?? options.id ?? idOf(file);
  await using backend = new OnnxRuntimeBackend();
  const session = await backend.load(bytes).catch((cause: unknown) => {
    throw new SourceError(
      'INPUT_UNSUPPORTED',
      `${file} is not an ONNX model that can be run: ${messageOf(cause)}`,
      {
        hint: 'TensorFlow.js weights can be converted with tools/convert; other formats need their own exporter.',
        cause,
      },
    );
  });
  let proposal: Proposal;
  if (options.card === undefined) {
    const { normalisesInput } = await import('@fr-stream/convert');
    const facts = { id, bytes: bytes.length, sha256, source: pathToFileURL(resolve(file)).href };
    proposal = proposeCard(await probeGraph(session, file), facts, normalisesInput(bytes, file));
    if (options.as !== undefined) proposal = completeUserSupplied(options.as, proposal);
  } else {
    const card = await readCard(options.card);
    proposal = { card: { ...card, bytes: bytes.length, sha256 }, preprocessings: [card.input], guesses: [] };
  }
  const clash = cards.find((card) => card.id === proposal.card.id);
  if (clash !== undefined && !(await store.userCards.list()).some((card) => card.id === clash.id)) {
    throw new ArgumentError(`There is a model ${clash.id} already, with another file.`, {
      hint: 'Choose another name with --id.',
    });
  }
  const { card, trial } = await tryModel(session, proposal);
  if (options.acceptLicence === true) await store.acceptLicence(card);
  // First the file: terms that are not accepted must not leave a card without one behind.
  const path = await store.add(card, file);
  const cardPath = await store.userCards.save(card);
  const maybe = options.as === undefined ? userSuppliedLike(card).map(({ id }) => id) : [];
  return { card, path, cardPath, guesses: proposal.guesses, trial, maybe };
}

/** A model id from a file name: `SCRFD_10G.onnx` -> `scrfd-10g`. */
export function idOf(file: string): string {
  const id = basename(file, extname(file))
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .replace(/[-.]{2,}/g, '-');
  if (id === '') throw new ArgumentError(`No name can be made of ${file}.`, { hint: 'Give one with --id.' });
  return id;
}
