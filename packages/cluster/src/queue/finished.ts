/** What is needed of a job of BullMQ. */
interface Job {
  isCompleted(): Promise<boolean>;
  isFailed(): Promise<boolean>;
}

/** The job as it is now; undefined when it was removed. */
type Reread = () => Promise<{ readonly returnvalue: unknown; readonly failedReason: string } | undefined>;

/** How often a job is asked for, besides. */
const ASK_MS = 2000;

/**
 * Waits for a job's end. Events are heard at once, but not surely: those of the PostgreSQL backend are numbered before
 * they are committed, so that who reads on from the last number misses one that was committed late.
 * @param heard resolves, or fails, when the events tell the end.
 * @throws Error with the reason it failed for.
 */
export async function finished(
  job: Job,
  heard: () => Promise<unknown>,
  reread: Reread,
  signal?: AbortSignal,
): Promise<unknown> {
  const over = new AbortController();
  const ended = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]);
  try {
    return await Promise.race([heard(), asked(job, reread, ended)]);
  } finally {
    over.abort();
  }
}

async function asked(job: Job, reread: Reread, ended: AbortSignal): Promise<unknown> {
  const never = new Promise<never>(() => undefined);
  while (!ended.aborted) {
    await pause(ended);
    if (ended.aborted) break;
    try {
      const failed = await job.isFailed();
      if (!failed && !(await job.isCompleted())) continue;
      const now = await reread();
      if (failed) throw new JobFailed(now?.failedReason ?? 'it was removed');
      return now?.returnvalue;
    } catch (error) {
      if (error instanceof JobFailed) throw error;
      // The queue does not answer just now: it is asked again.
    }
  }
  return never;
}

class JobFailed extends Error {}

function pause(ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ASK_MS);
    function done(): void {
      clearTimeout(timer);
      ended.removeEventListener('abort', done);
      resolve();
    }
    ended.addEventListener('abort', done);
  });
}
