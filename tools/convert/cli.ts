import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { fetchAsset } from '@fr-stream/backend-node';
import {
  architectureOf,
  cleanModel,
  converter,
  CONVERTER_VERSION,
  convertFiles,
  describeModel,
  dynamicBatch,
  FACE_API_ARCHITECTURES,
  isFaceApiArchitecture,
  readModelJson,
  weightPaths,
  type Architecture,
  type ConversionOptions,
} from '@fr-stream/convert';
import { verifyBatch } from '@fr-stream/convert/check';
import { ArgumentError, FrStreamError, messageOf, SourceError } from '@fr-stream/core';
import { MODEL_CARDS } from '@fr-stream/models';
import { writeOutput } from '@fr-stream/stream/output';

/** Models whose cards say how they are made. */
const DERIVED = MODEL_CARDS.filter(({ derived }) => derived !== undefined).map(({ id }) => id);

const HELP = `Converts face models to ONNX, frees their batch, cleans their graphs.

  node --conditions=@fr-stream/source --import tsx tools/convert/cli.ts INPUT --out FILE.onnx [options]

INPUT is one of
  a model.json of a TensorFlow.js graph model, or a *-weights_manifest.json of face-api (weights beside it);
  an .onnx file;
  either of them as npm:package@version/path;
  the id of a model whose card says how it is made: ${DERIVED.join(', ')}.

  --architecture NAME   what bare weights belong to, when the file name does not tell:
                        ${Object.keys(FACE_API_ARCHITECTURES).join(', ')}
  --size NAME=HxW       size of an input that the graph leaves open (may be repeated)
  --side PIXELS         input side of tiny_face_detector_model, a multiple of 32 (default 416)
  --channels-last       leave images NHWC
  --restore-prelu       bring back PReLUs that an earlier converter broke (results differ from the source's)
  --dynamic-batch       for .onnx: free the batch dimension (conversions always do, where the graph allows)
  --clean               for .onnx: fold and drop what is not needed (conversions always do)
  --no-verify           do not run the result in a batch and one by one to compare
  --help`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: 'string', short: 'o' },
      architecture: { type: 'string' },
      size: { type: 'string', multiple: true },
      side: { type: 'string' },
      'channels-last': { type: 'boolean' },
      'restore-prelu': { type: 'boolean' },
      'dynamic-batch': { type: 'boolean' },
      clean: { type: 'boolean' },
      'no-verify': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    console.log(HELP);
    return;
  }
  const [input, ...more] = positionals;
  const { out } = values;
  if (input === undefined || more.length > 0)
    throw new ArgumentError('Give one input.', { hint: 'See --help.' });
  if (out === undefined) throw new ArgumentError('Say where to write the model: --out FILE.onnx');

  const options: ConversionOptions = {
    ...(values.size === undefined ? {} : { inputSizes: Object.fromEntries(values.size.map(parseSize)) }),
    ...(values.side === undefined ? {} : { side: Number(values.side) }),
    ...(values['channels-last'] === true ? { channelsLast: true } : {}),
    ...(values['restore-prelu'] === true ? { lostPRelu: 'restore' as const } : {}),
  };
  const rewrite = { batch: values['dynamic-batch'] === true, clean: values.clean === true };
  const { bytes, notes, original } = await convert(input, options, values.architecture, rewrite);
  if (original !== undefined && values['no-verify'] !== true) {
    const worst = await verifyBatch(original, bytes);
    notes.push(
      `verified: 3 samples in one run and one by one differ by at most ${worst.toExponential(1)} (relative)`,
    );
  }
  await writeOutput(out, bytes);
  console.log(`${out}: ${bytes.length} bytes, ${describeModel(bytes)}`);
  for (const note of notes) console.log(`  ${note}`);
}

interface Conversion {
  readonly bytes: Uint8Array;
  readonly notes: string[];
  /** The model to compare batches with, when the batch is free. */
  readonly original?: Uint8Array;
}

async function convert(
  input: string,
  options: ConversionOptions,
  architecture: string | undefined,
  rewrite: { readonly batch: boolean; readonly clean: boolean },
): Promise<Conversion> {
  const { derived } = MODEL_CARDS.find(({ id }) => id === input) ?? {};
  if (derived !== undefined) {
    const assets = derived.sources.map(({ source, sha256 }) => ({ id: source, sources: [source], sha256 }));
    const files = await Promise.all(assets.map(async (asset) => readFile(await fetchAsset(asset))));
    const changed = { ...derived, options: { ...derived.options, ...options } };
    const bytes = converter.convert(changed, files, input);
    return { bytes, notes: [`converter version ${CONVERTER_VERSION}`], original: bytes };
  }
  const first = await read(input);
  if (input.toLowerCase().endsWith('.onnx')) return rewriteOnnx(input, first, rewrite);

  const name = basename(input).replace(/(-weights_manifest)?\.json$/, '');
  const json = readModelJson(new TextDecoder().decode(first), input);
  const paths = weightPaths(json.kind === 'graph' ? json.graph.manifest : json.manifest);
  const weights: Uint8Array[] = [];
  for (const path of paths) weights.push(await read(beside(input, path)));
  const { bytes, fixedBatch } = convertFiles(
    json.kind === 'graph' ? 'tfjs-graph' : netOf(architecture ?? name),
    [first, ...weights],
    name,
    options,
  );
  return fixedBatch === undefined
    ? { bytes, notes: ['batch: free'], original: bytes }
    : { bytes, notes: [`batch: fixed to 1, because of ${fixedBatch}`] };
}

function rewriteOnnx(
  input: string,
  first: Uint8Array,
  rewrite: { readonly batch: boolean; readonly clean: boolean },
): Conversion {
  if (!rewrite.batch && !rewrite.clean) {
    throw new ArgumentError(`${input} is an ONNX file already`, {
      hint: 'Add --dynamic-batch, --clean or both.',
    });
  }
  let bytes = first;
  const notes: string[] = [];
  if (rewrite.clean) {
    const { bytes: cleaned, report } = cleanModel(bytes, input);
    bytes = cleaned;
    const changed = Object.entries(report).filter(([, count]) => count > 0);
    notes.push(
      `cleaned: ${changed.map(([what, count]) => `${what} ${count}`).join(', ') || 'nothing to do'}`,
    );
  }
  if (!rewrite.batch) return { bytes, notes };
  const freed = dynamicBatch(bytes, input);
  if (!freed.ok) {
    throw new FrStreamError('INPUT_UNSUPPORTED', `${input}: the batch cannot be freed: ${freed.reason}`, {
      hint: 'Use the model with one face per run.',
    });
  }
  notes.push(
    freed.changed ? `batch: freed, ${freed.rewritten.length} reshapes rewritten` : 'batch: was free already',
  );
  return { bytes: freed.bytes, notes, original: first };
}

function netOf(name: string): Architecture {
  if (isFaceApiArchitecture(name)) return architectureOf(name);
  throw new ArgumentError(`It cannot be told what net "${name}" is`, {
    hint: `Give --architecture: ${Object.keys(FACE_API_ARCHITECTURES).join(', ')}.`,
  });
}

function parseSize(text: string): [string, number[]] {
  const [, name, height, width] = /^(.+)=(\d+)x(\d+)$/.exec(text) ?? [];
  if (name === undefined) throw new ArgumentError(`--size ${text}: expected NAME=HEIGHTxWIDTH`);
  return [name, [Number(height), Number(width)]];
}

function beside(input: string, path: string): string {
  return input.startsWith('npm:') ? input.replace(/[^/]*$/, path) : join(dirname(input), path);
}

async function read(input: string): Promise<Uint8Array> {
  if (input.startsWith('npm:'))
    return await readFile(await fetchAsset({ id: basename(input), sources: [input] }));
  try {
    return await readFile(input);
  } catch (cause) {
    throw new SourceError('INPUT_NOT_FOUND', `${input} cannot be read: ${messageOf(cause)}`, {
      cause,
      hint: `Check the path, or give the id of a model whose card says how it is made: ${DERIVED.join(', ')}.`,
    });
  }
}

try {
  await main();
} catch (error) {
  console.error(messageOf(error));
  if (FrStreamError.isInstance(error) && error.hint !== undefined) console.error(error.hint);
  process.exitCode = 1;
}
