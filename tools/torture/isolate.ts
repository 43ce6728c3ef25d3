import { spawn } from 'node:child_process';
import { once } from 'node:events';

const MARK = '--isolated';

/** Whether this process was started by {@link isolate}. */
export const isolated = process.argv.includes(MARK);

/** The arguments of the user. */
export const argv = process.argv.filter((argument) => argument !== MARK);

/**
 * Starts this very program again in a namespace of its own, and ends with its exit status.
 * @param what of the network, which is empty and counts attempts; or of mounts, which end with it.
 * @returns false where that is not possible.
 */
export async function isolate(what: 'network' | 'mounts'): Promise<boolean> {
  const root = process.getuid?.() === 0;
  const flag = `-${root ? '' : 'r'}${what === 'network' ? 'n' : 'm'}`;
  const tried = spawn('unshare', [flag, 'true'], { stdio: 'ignore' });
  const possible = await once(tried, 'exit').then(
    ([code]) => code === 0,
    () => false,
  );
  if (!possible) return false;
  const args = [flag, process.execPath, ...process.execArgv, ...process.argv.slice(1), MARK];
  const [code] = (await once(spawn('unshare', args, { stdio: 'inherit' }), 'exit')) as [number | null];
  process.exitCode = code ?? 1;
  return true;
}
