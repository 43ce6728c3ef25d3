import { openQueue, type FailedTask } from '@fr-stream/cluster';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { print, printJson } from '../ui/terminal.js';

export interface JobsOptions {
  readonly queue: string;
  readonly retry?: boolean;
  readonly json?: boolean;
}

/** Failed tasks told at most. */
const MOST = 50;

/** `fr-stream jobs`: what a queue holds, and who works at it. */
export async function jobs({ queue: url, retry, json }: JobsOptions): Promise<ExitCode> {
  await using queue = await openQueue(url);
  const retried = retry === true ? await queue.retryFailed() : undefined;
  const { workers, ...counts } = await queue.state();
  const failed = await queue.failed(MOST);
  if (json === true) {
    const setAside = failed.map((task) => ({ ...summary(task), id: task.id }));
    printJson({
      schema: 'fr-stream/jobs@1',
      ...counts,
      workers,
      setAside,
      ...(retried !== undefined && { retried }),
    });
    return EXIT.ok;
  }
  const { waiting, active, delayed, completed, failed: aside } = counts;
  print(
    `${waiting} wait, ${active} at work, ${delayed} to be tried again, ${completed} done, ${aside} set aside`,
  );
  print(workers.length === 0 ? 'no worker is there' : `${workers.length} workers: ${workers.join(', ')}`);
  if (retried !== undefined) print(`${retried} that were set aside wait again`);
  for (const task of failed) {
    const { name, reason, attempts } = summary(task);
    print(`set aside after ${attempts} attempts: ${name}: ${reason}`);
  }
  return EXIT.ok;
}

function summary({ kind, name, reason, attempts }: FailedTask) {
  return { kind, name, reason, attempts };
}
