import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeClip } from '../clips.js';
import type { Figure, Row } from '../figure.js';
import { median, repeated } from '../statistics.js';

const COMMAND = fileURLToPath(new URL('../../../packages/cli/bin/fr-stream.js', import.meta.url));

/** The built command in a process of its own; run `npm run build` first. */
export const startUp: Row = {
  name: 'start-up',
  title: 'Start-up of the command',
  async *measure({ quick, folder }): AsyncGenerator<Figure> {
    const rounds = quick ? 3 : 7;
    const help = median(await repeated(rounds, () => timeToOutput(['--help'])));
    yield {
      subject: 'fr-stream --help',
      measured: `${help.toFixed(0)} ms`,
      against: '150 ms',
      ratio: 150 / help,
      goal: '>= 1',
    };
    const clip = await makeClip(folder, { width: 1280, height: 720, seconds: 4 });
    const tag = [clip, '--json', '--quiet'];
    for (const [name, args] of [
      ['tracking (16 frames looked ahead)', tag],
      ['--tracker none', [...tag, '--tracker', 'none']],
    ] as const) {
      const first = median(
        await repeated(rounds, () => timeToOutput([...args], { XDG_DATA_HOME: join(folder, 'data') })),
      );
      yield {
        subject: `cold start to the first tagged frame, 720p, models cached, ${name}`,
        measured: `${first.toFixed(0)} ms`,
        against: '1500 ms',
        ratio: 1500 / first,
        goal: '>= 1',
      };
    }
  },
};

/** Milliseconds from starting the command to its first output. */
async function timeToOutput(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, [COMMAND, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const closed = once(child, 'close');
  const output = once(child.stdout, 'data').then(() => performance.now() - started);
  const ms = await Promise.race([output, closed.then(() => undefined)]);
  child.kill('SIGKILL');
  await closed;
  if (ms === undefined) throw new Error(`fr-stream ${args.join(' ')} said nothing`);
  return ms;
}
