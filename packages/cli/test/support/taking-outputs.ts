import { createInterface } from 'node:readline';
import { OutputSet } from '../../../stream/src/output/index.js';
import { openAll } from '../../src/compose/open-outputs.js';

/**
 * A run that takes outputs step by step, as it is told on standard input: `take FILE...` opens the first of them and
 * says `one`; `go` opens the rest and says `all`; `drop` gives them back and says `none`. Who cannot have one says
 * `lost`.
 */
let release: () => void = () => undefined;
let opened: AsyncDisposable | undefined;
const say = (word: string): void => void process.stdout.write(`${word}\n`);

async function take(files: readonly string[]): Promise<void> {
  const outputs = new OutputSet();
  let first = true;
  const openings = files.map((file) => {
    const output = outputs.output('', file);
    const open = async (): Promise<void> => {
      await output.open();
      if (!first) return;
      first = false;
      const released = new Promise<void>((resolve) => (release = resolve));
      say('one');
      await released;
    };
    return { output, sink: { open, [Symbol.asyncDispose]: () => output[Symbol.asyncDispose]() } };
  });
  await outputs.check();
  try {
    opened = await openAll(outputs, openings);
    say('all');
  } catch {
    say('lost');
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...files] = line.split(' ');
  if (command === 'take') void take(files);
  else if (command === 'go') release();
  else {
    await opened?.[Symbol.asyncDispose]();
    opened = undefined;
    say('none');
  }
}
