import {
  BackendError,
  CoalescingSession,
  messageOf,
  outputDrift,
  probeInput,
  PROVIDER_TOLERANCE,
  type ExecutionProvider,
  type InferenceBackend,
  type InferenceSession,
  type ModelCard,
  type ReadyModel,
  type SessionOptions,
  itemAt,
} from '@fr-stream/core';

/** `auto`: for each model the accelerator that agrees with the CPU and is fastest, where one is faster than the CPU. */
export type DeviceChoice = ExecutionProvider | 'auto';

/** A model as it is loaded on one kind of device. */
export interface DeviceModel<Card extends ModelCard> {
  readonly card: Card;
  readonly model: Uint8Array;
}

export interface DeviceModels<Card extends ModelCard> {
  readonly cpu: DeviceModel<Card>;
  /** With a free batch dimension, where the graph allows one. */
  readonly accelerator: DeviceModel<Card>;
}

/** Pictures in one run on an accelerator, at most. */
export const ACCELERATOR_BATCH = 32;
/** Pictures that a video gives a model at a time: frames in the detector at once, or faces of a few frames. */
const TIMED_BATCH = 4;
/** An accelerator that takes so many times the time of one core (a GPU that is emulated) is not looked at further. */
const HOPELESS = 10;
/** How long a provider is timed for each model, after its first runs, which compile. */
const TIMED_MS = 500;
/** TensorRT builds an engine for minutes when it is run first: only for those who ask for it. */
const TRIED_BY_AUTO: readonly ExecutionProvider[] = ['cuda', 'coreml', 'dml', 'webgpu'];

interface Loaded<Card extends ModelCard> extends DeviceModel<Card> {
  readonly session: InferenceSession;
}

/**
 * Loads a model where it is asked for. An accelerator is used only after it gave the CPU's answer on a probe, alone and
 * in a batch.
 *
 * @param options of the CPU's session.
 * @param hopeless providers that `auto` need not try any more; those found hopeless are added.
 * @throws BackendError (BACKEND_PROVIDER_MISSING) when the accelerator asked for by name is missing, or computes
 * something else.
 */
export async function loadOnDevice<Card extends ModelCard>(
  backend: InferenceBackend,
  { cpu, accelerator }: DeviceModels<Card>,
  choice: DeviceChoice,
  options: SessionOptions,
  hopeless: Set<ExecutionProvider> = new Set(),
): Promise<ReadyModel<Card>> {
  const load = async (
    made: DeviceModel<Card>,
    provider: ExecutionProvider,
    more: SessionOptions = {},
  ): Promise<Loaded<Card>> => ({
    ...made,
    session: await backend.load(made.model, { ...more, providers: [provider] }),
  });
  if (choice === 'cpu') return load(cpu, 'cpu', options);
  const named = choice !== 'auto';
  const wanted = named
    ? [choice]
    : TRIED_BY_AUTO.filter((each) => backend.providers.includes(each) && !hopeless.has(each));
  const reference = await load(cpu, 'cpu', options);
  if (wanted.length === 0) return { ...reference, reason: 'no accelerator can be used' };
  const expected = await Promise.all([1, TIMED_BATCH].map((batch) => probed(reference, batch)));
  const cpuRate = named ? 0 : await rate(reference, reference.session.parallelism ?? 1);
  const told: string[] = named ? [] : [`cpu ${cpuRate.toFixed(0)}/s`];
  let best = reference;
  let bestRate = cpuRate;
  for (const provider of wanted) {
    let tried: Loaded<Card> | undefined;
    try {
      tried = await load(accelerator, provider);
      if (!named && (await msAlone(tried)) > HOPELESS * Math.max(1, await msAlone(reference))) {
        hopeless.add(provider);
        throw new Error(`more than ${HOPELESS} times slower than one core`);
      }
      const drift = await driftOf(tried, expected);
      if (!(drift <= PROVIDER_TOLERANCE)) {
        throw new Error(`its answer is off by ${(100 * drift).toFixed(1)} % from the CPU's`);
      }
      const speed = named ? Infinity : await rate(tried, 1);
      if (!named) told.push(`${provider} ${speed.toFixed(0)}/s`);
      const worse = speed > bestRate ? best : tried;
      if (speed > bestRate) [best, bestRate] = [tried, speed];
      await worse.session[Symbol.asyncDispose]();
    } catch (cause) {
      await tried?.session[Symbol.asyncDispose]();
      if (named) {
        await reference.session[Symbol.asyncDispose]();
        throw refused(provider, cpu.card, cause);
      }
      if (tried === undefined) hopeless.add(provider);
      told.push(`${provider}: ${messageOf(cause).split('\n')[0] ?? ''}`);
    }
  }
  const { card, session } = best;
  const free = session.provider !== 'cpu' && card.input.dynamicBatch === true;
  return {
    card,
    session: free ? new CoalescingSession(session, ACCELERATOR_BATCH) : session,
    reason: named ? 'asked for, and agrees with the CPU' : told.join(', '),
  };
}

function refused(provider: ExecutionProvider, { id }: ModelCard, cause: unknown): BackendError {
  if (BackendError.isInstance(cause) && cause.code === 'BACKEND_PROVIDER_MISSING') return cause;
  return new BackendError(
    'BACKEND_PROVIDER_MISSING',
    `${provider} cannot be used for ${id}: ${messageOf(cause)}`,
    { hint: 'Update the driver of the accelerator, or use the cpu provider.', cause },
  );
}

const freeBatch = ({ card }: DeviceModel<ModelCard>): boolean => card.input.dynamicBatch === true;

/** The outputs for so many pictures, in one run each where the graph takes one only. */
async function probed(
  { card, session, model }: Loaded<ModelCard>,
  batch: number,
): Promise<readonly Awaited<ReturnType<InferenceSession['run']>>[]> {
  const name = card.input.name ?? itemAt(session.inputs, 0).name;
  const input = probeInput(card.input, batch);
  if (batch === 1 || freeBatch({ card, model })) return [await session.run({ [name]: input })];
  const one = input.data.length / batch;
  return Promise.all(
    Array.from({ length: batch }, (_, i) =>
      session.run({
        [name]: {
          type: 'float32',
          dims: [1, ...input.dims.slice(1)],
          data: Float32Array.from(input.data.subarray(i * one, (i + 1) * one) as Float32Array),
        },
      }),
    ),
  );
}

/** The largest drift over the probes, each picture against the same one on the CPU. */
async function driftOf(
  tried: Loaded<ModelCard>,
  expected: readonly Awaited<ReturnType<typeof probed>>[],
): Promise<number> {
  let drift = 0;
  for (const [i, batch] of [1, TIMED_BATCH].entries()) {
    const [actual, wanted] = [joined(await probed(tried, batch)), joined(itemAt(expected, i))];
    drift = Math.max(drift, outputDrift(wanted, actual));
  }
  return drift;
}

type Outputs = Awaited<ReturnType<typeof probed>>[number];

/** Several runs' outputs one after the other, as one run over all of their pictures gives them. */
function joined(runs: readonly Outputs[]): Outputs {
  const first = itemAt(runs, 0);
  if (runs.length === 1) return first;
  return Object.fromEntries(
    Object.entries(first).map(([name, { type, dims }]) => {
      const parts = runs.map((run) => Array.from(run[name]?.data ?? [], Number));
      return [name, { type, dims: [runs.length, ...dims.slice(1)], data: Float32Array.from(parts.flat()) }];
    }),
  );
}

/** Of one run on one picture, the quicker of two: the first one compiles. */
async function msAlone({ card, session }: Loaded<ModelCard>): Promise<number> {
  const feeds = { [card.input.name ?? itemAt(session.inputs, 0).name]: probeInput(card.input) };
  const times: number[] = [];
  for (let i = 0; i < 2; i++) {
    const before = performance.now();
    await session.run(feeds);
    times.push(performance.now() - before);
  }
  return Math.min(...times);
}

/** Pictures per second, with so many runs under way at once. */
async function rate({ card, session, model }: Loaded<ModelCard>, runs: number): Promise<number> {
  const batch = session.provider !== 'cpu' && freeBatch({ card, model }) ? TIMED_BATCH : 1;
  const feeds = { [card.input.name ?? itemAt(session.inputs, 0).name]: probeInput(card.input, batch) };
  for (let i = 0; i < 2; i++) await session.run(feeds);
  const started = performance.now();
  let pictures = 0;
  const chain = async (): Promise<void> => {
    while (performance.now() - started < TIMED_MS) {
      await session.run(feeds);
      pictures += batch;
    }
  };
  await Promise.all(Array.from({ length: runs }, chain));
  return (1000 * pictures) / (performance.now() - started);
}
