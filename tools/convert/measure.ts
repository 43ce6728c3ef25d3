import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { ArgumentError } from '@fr-stream/core';
import { dynamicBatch } from '@fr-stream/convert';
import { millisecondsPerSample, openOnnx, sampleShapes, verifyBatch } from '@fr-stream/convert/check';

/**
 * Prints a Markdown table of milliseconds per sample by batch size and threads (medians; the sizes are run in turn,
 * so that other load on the machine hits all alike).
 *
 *   node --conditions=@fr-stream/source --import tsx tools/convert/measure.ts a.onnx b.onnx
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    batches: { type: 'string', default: '1,4,8' },
    threads: { type: 'string', default: '1,2' },
    rounds: { type: 'string', default: '9' },
  },
});
const list = (name: string, text: string): number[] =>
  text.split(',').map((each) => {
    const value = Number(each);
    if (!Number.isInteger(value) || value < 1)
      throw new ArgumentError(`--${name} ${text}: whole numbers are needed`);
    return value;
  });
const batches = list('batches', values.batches);
const threads = list('threads', values.threads);
const rounds = list('rounds', values.rounds)[0] ?? 9;

const columns = threads.flatMap((count) =>
  batches.map((size) => `${count} thread${count > 1 ? 's' : ''}, batch ${size}`),
);
console.log(`| model | largest relative difference in a batch | ${columns.join(' | ')} |`);
console.log(`|${' --- |'.repeat(columns.length + 2)}`);
for (const path of positionals) {
  const original = await readFile(path);
  const freed = dynamicBatch(original, path);
  if (!freed.ok) {
    console.log(`| ${basename(path)} | cannot be batched: ${freed.reason} |${' |'.repeat(columns.length)}`);
    continue;
  }
  const worst = await verifyBatch(original, freed.bytes);
  const cells: string[] = [];
  for (const count of threads) {
    await using runner = await openOnnx(freed.bytes, count);
    const times = await millisecondsPerSample(runner, sampleShapes(original), batches, rounds);
    const single = times.get(batches[0] ?? 1) ?? Number.NaN;
    for (const size of batches) {
      const each = times.get(size) ?? Number.NaN;
      cells.push(`${each.toFixed(2)} ms (${(each / single).toFixed(2)})`);
    }
  }
  console.log(`| ${basename(path)} | ${worst.toExponential(1)} | ${cells.join(' | ')} |`);
}
