import { ModelError, type InferenceSession, type TensorInfo } from '@fr-stream/core';

/** What a graph takes and gives, its shapes seen in a run on a picture of zeros. */
export interface GraphProbe {
  readonly input: {
    readonly name: string;
    readonly layout: 'nchw' | 'nhwc';
    readonly channels: 1 | 3;
    /** Pixels; a default where `free`. */
    readonly width: number;
    readonly height: number;
    /** True when the graph leaves height and width open. */
    readonly free: boolean;
    readonly dynamicBatch: boolean;
  };
  readonly outputs: readonly ProbedOutput[];
}

export interface ProbedOutput {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** Sides tried for inputs of open size, best first. */
const FREE_SIDES = [640, 320, 112, 224] as const;

/**
 * Finds the picture input of a graph and runs it once.
 * @param file names the model in errors.
 * @throws ModelError (INPUT_UNSUPPORTED) when the graph does not take one float picture.
 */
export async function probeGraph(session: InferenceSession, file: string): Promise<GraphProbe> {
  const unsupported = (reason: string): ModelError =>
    new ModelError('INPUT_UNSUPPORTED', `${file}: ${reason}`, {
      hint: 'A face model must take one picture as a float32 tensor of 1 or 3 channels, NCHW or NHWC.',
    });
  const [info, ...more] = session.inputs;
  if (info === undefined || more.length > 0) {
    throw unsupported(
      `the graph has ${session.inputs.length} inputs (${session.inputs.map(describe).join(', ')})`,
    );
  }
  if (info.type !== 'float32' || info.dims.length !== 4) throw unsupported(`its input is ${describe(info)}`);
  const [batch, ...sides] = info.dims;
  if (batch !== undefined && batch > 1) throw unsupported(`its input is fixed to ${batch} pictures`);
  const layout = isChannels(sides[0]) ? 'nchw' : isChannels(sides[2]) ? 'nhwc' : undefined;
  if (layout === undefined) throw unsupported(`its input is ${describe(info)}`);
  const channels = (layout === 'nchw' ? sides[0] : sides[2]) === 1 ? 1 : 3;
  const [height, width] = layout === 'nchw' ? sides.slice(1) : sides;
  const free = height === undefined || width === undefined;
  const candidates = free
    ? FREE_SIDES.map((side) => [height ?? side, width ?? side] as const)
    : [[height, width] as const];
  let failure: unknown;
  for (const [rows, columns] of candidates) {
    const dims = layout === 'nchw' ? [1, channels, rows, columns] : [1, rows, columns, channels];
    const data = new Float32Array(channels * rows * columns);
    try {
      const results = await session.run({ [info.name]: { type: 'float32', dims, data } });
      const outputs = session.outputs.flatMap(({ name }): ProbedOutput[] => {
        const tensor = results[name];
        // Copied: the runtime may reuse its memory in the next run.
        return tensor?.data instanceof Float32Array
          ? [{ name, dims: tensor.dims, data: tensor.data.slice() }]
          : [];
      });
      const input = { name: info.name, layout, channels, width: columns, height: rows, free } as const;
      return { input: { ...input, dynamicBatch: batch === undefined }, outputs };
    } catch (error) {
      failure = error;
    }
  }
  throw new ModelError('INPUT_UNSUPPORTED', `${file}: the graph does not run on a picture`, {
    hint: `Its input is ${describe(info)}. --verbose shows what the runtime says.`,
    cause: failure,
  });
}

function isChannels(dim: number | undefined): boolean {
  return dim === 1 || dim === 3;
}

function describe({ name, type, dims }: TensorInfo): string {
  return `${name}: ${type}[${dims.map((dim) => dim ?? '?').join('x')}]`;
}
