import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { markdownTable } from 'markdown-table';
import type { Figure, IndexSize, Row } from './figure.js';
import { describeMachine } from './machine.js';
import { decodeOnlyRow } from './rows/decode-only.js';
import { efficiency } from './rows/efficiency.js';
import { indexSearch } from './rows/index-search.js';
import { latency } from './rows/latency.js';
import { manyStreams } from './rows/many-streams.js';
import { peers } from './rows/peers.js';
import { photos } from './rows/photo-set.js';
import { scaling } from './rows/scaling.js';
import { startUp } from './rows/start-up.js';

const ROWS: readonly Row[] = [
  efficiency,
  decodeOnlyRow,
  manyStreams,
  peers,
  scaling,
  photos,
  indexSearch,
  startUp,
  latency,
];

function parseSize(text: string, earlier: readonly IndexSize[] = []): readonly IndexSize[] {
  const [, vectors, dimensions] = /^([1-9]\d*)x([1-9]\d*)$/.exec(text) ?? [];
  if (dimensions === undefined) throw new InvalidArgumentError('It must be like 100000x512.');
  return [...earlier, [Number(vectors), Number(dimensions)]];
}

const program = new Command('bench')
  .description(
    'Measures how fast the product is, against what it cannot do without and against others (docs/speed.md). Prints one Markdown table.\n' +
      'Medians after a warm-up. The machine should be doing nothing else.',
  )
  .option('--row <name...>', `only these: ${ROWS.map(({ name }) => name).join(', ')}`)
  .option('--quick', 'shorter clips and fewer rounds: for looking, not for quoting')
  .option('--index-size <NxD...>', 'row index: only these, as 100000x512', parseSize)
  .option('--keep-indexes <dir>', 'row index: keep them there, and use those that are there')
  .option(
    '--real-clips <dir>',
    'rows decode-only, many-streams and peers: folders with a clip.mp4 of real people each',
    resolve(import.meta.dirname, '../../../shared/data/real-clips'),
  )
  .option('--full', 'also indexes of up to a million vectors: many minutes');

const cell = ({ subject, measured, against, ratio, goal }: Figure): string[] => [
  subject,
  measured,
  against ?? '',
  ratio === undefined ? '' : ratio.toFixed(ratio < 10 ? 2 : 0),
  goal ?? '',
];

async function main(): Promise<void> {
  const { row: wanted, quick = false, full = false, ...options } = program.parse().opts();
  const { indexSize: indexSizes, keepIndexes: keptIndexes, realClips } = options;
  const unknown = wanted?.find((name) => !ROWS.some((row) => row.name === name));
  if (unknown !== undefined) program.error(`There is no row "${unknown}".`, { exitCode: 2 });
  const rows = ROWS.filter(({ name }) => wanted?.includes(name) ?? true);
  const machine = await describeMachine();
  const folder = await mkdtemp(join(tmpdir(), 'fr-stream-bench-'));
  const lines: string[][] = [['', 'measured', 'against', 'ratio', 'goal']];
  try {
    for (const row of rows) {
      lines.push([`**${row.title}** (\`${row.name}\`)`, '', '', '', '']);
      for await (const figure of row.measure({
        quick,
        full,
        folder,
        realClips,
        ...(indexSizes && { indexSizes }),
        ...(keptIndexes && { keptIndexes }),
      })) {
        process.stderr.write(`${row.name}: ${cell(figure).filter(Boolean).join(' | ')}\n`);
        lines.push(cell(figure));
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const align = ['l', 'r', 'r', 'r', 'r'];
  process.stdout.write(`${machine}\n\n${markdownTable(lines, { align, alignDelimiters: true })}\n`);
}

await main();
