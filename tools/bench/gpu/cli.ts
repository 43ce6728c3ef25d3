import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { measureChain } from './chain.js';
import { readFrames } from './frames.js';
import { describeAccelerators } from './machine.js';
import { measureModels } from './models.js';
import { markdownOf, type GpuReport } from './report.js';

const program = new Command('gpu')
  .description(
    'Tries every execution provider that onnxruntime-node offers on this machine: whether it gives the answer of the CPU, how fast it runs each model in batches of 1 to 64, and how fast the whole chain is on it. Prints Markdown.',
  )
  .requiredOption('--frames <dir>', 'pictures of one size; the chain sees them over and over')
  .option('--json <file>', 'also write everything that was measured')
  .option('--seconds <n>', 'leave out what does not fit in so many seconds', Number, 170);

const { frames: folder, json, seconds } = program.parse().opts();
const end = performance.now() + 1000 * seconds;
const report: GpuReport = { machine: await describeAccelerators(), models: [], chain: [] };
// Each figure is written as soon as it is there: what a driver's crash leaves is still of use.
const save = async (): Promise<void> => {
  if (json !== undefined) await writeFile(resolve(json), JSON.stringify(report, undefined, 2));
};
process.stderr.write(`${report.machine.lines.join('\n')}\n`);
await save();
const frames = await readFrames(resolve(folder));
const timeIsUp = (): boolean => performance.now() > end;
for await (const figure of measureModels(report.machine.providers, timeIsUp)) {
  report.models.push(figure);
  process.stderr.write(`${JSON.stringify(figure)}\n`);
  await save();
}
for await (const figure of measureChain(frames, report.machine.providers, timeIsUp)) {
  report.chain.push(figure);
  process.stderr.write(`${JSON.stringify(figure)}\n`);
  await save();
}
process.stdout.write(markdownOf(report));
