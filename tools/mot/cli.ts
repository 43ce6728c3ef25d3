import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { ArgumentError, messageOf, SourceError, toFrStreamError } from '@fr-stream/core';
import { parseMot } from './mot-format.js';
import { namingMetrics } from './naming-metrics.js';
import { parseNames } from './names-file.js';
import { namingTable, trackingMetrics, trackingTable } from './report.js';
import { sequenceOf } from './sequence.js';

const HELP = `Scores tracks against the truth; both in MOTChallenge format. Prints Markdown.

  node --conditions=@fr-stream/source --import tsx tools/mot/cli.ts \\
    --truth gt.txt --result r.txt [--truth-names truth.json --names names.json] [--iou 0.5]

  --truth FILE        ground truth; boxes with confidence 0 do not count
  --result FILE       tracks to score; may be given several times, one row each
  --truth-names FILE  JSON {"names": {"<truth id>": "<name>"}}
  --names FILE        the same for the (single) result, or [{"frame", "id", "name"}] per box
  --iou X             least overlap of a match for MOTA, IDF1 and names, 0..1; default 0.5
`;

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new SourceError('INPUT_NOT_FOUND', `${path}: ${messageOf(error)}`, { cause: error });
  }
}

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      truth: { type: 'string' },
      result: { type: 'string', multiple: true },
      'truth-names': { type: 'string' },
      names: { type: 'string' },
      iou: { type: 'string', default: '0.5' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const { truth, result } = values;
  const least = Number(values.iou);
  if (truth === undefined || result === undefined) throw new ArgumentError('--truth and --result are needed');
  if (!(least > 0 && least <= 1)) throw new ArgumentError(`--iou ${values.iou} is not in 0..1`);
  const truthRows = parseMot(await read(truth), truth);
  const sequences = await Promise.all(
    result.map(async (file) => sequenceOf(truthRows, parseMot(await read(file), file))),
  );
  const rows = sequences.map(
    (sequence, i) => [basename(result[i]), trackingMetrics(sequence, least)] as const,
  );
  process.stdout.write(trackingTable(rows));
  const { names, 'truth-names': truthNames } = values;
  if (names === undefined && truthNames === undefined) return;
  if (names === undefined || truthNames === undefined || sequences.length !== 1) {
    throw new ArgumentError('names need --truth-names, --names and exactly one --result');
  }
  const naming = namingMetrics(
    sequences[0],
    parseNames(await read(truthNames), truthNames),
    parseNames(await read(names), names),
    least,
  );
  process.stdout.write(`\n${namingTable(naming)}`);
}

main(process.argv.slice(2)).catch((thrown: unknown) => {
  const error = toFrStreamError(thrown, 'ARGUMENT_INVALID');
  process.stderr.write(`${error.message}\n${error.hint === undefined ? '' : `${error.hint}\n`}`);
  process.exitCode = 1;
});
