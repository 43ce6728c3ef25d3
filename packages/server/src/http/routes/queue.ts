import { messageOf } from '@fr-stream/core';
import { z } from 'zod';
import type { WatchedQueue } from '../../jobs/watched-queue.js';
import type { Services } from '../../services.js';
import type { App } from '../app.js';
import { HttpProblem } from '../problem.js';

/** Tasks that were set aside, at most. */
const MOST = 100;

const count = z.number().int();
const queueState = z.object({
  name: z.string().describe('Its address, without password.'),
  waiting: count,
  active: count,
  delayed: count,
  completed: count,
  failed: count,
  workers: z.array(z.string()),
  setAside: z.array(
    z.object({ id: z.string(), kind: z.string(), name: z.string(), reason: z.string(), attempts: count }),
  ),
});

/** The queue of many machines: who works, what waits, what was set aside. It tells the names of files of everybody. */
export function queueRoutes(app: App, { queue }: Services): void {
  const ask = async <T>(work: (queue: WatchedQueue) => Promise<T>): Promise<T> => {
    if (queue === undefined) throw new HttpProblem(404, 'No queue is configured.');
    try {
      return await work(await queue.get());
    } catch (error) {
      throw new HttpProblem(503, `The queue does not answer: ${messageOf(error)}`);
    }
  };

  app.get(
    '/api/queue',
    {
      config: { access: 'admin', allGalleries: true },
      schema: { tags: ['system'], summary: 'Workers and tasks of the queue', response: { 200: queueState } },
    },
    () =>
      ask(async (one) => {
        const [{ workers, ...counts }, setAside] = await Promise.all([one.state(), one.failed(MOST)]);
        return { name: one.shown, ...counts, workers: [...workers].sort(), setAside: [...setAside] };
      }),
  );

  app.post(
    '/api/queue/retry',
    {
      config: { access: 'admin', allGalleries: true },
      schema: {
        tags: ['system'],
        summary: 'Let what was set aside be tried again',
        response: { 200: z.object({ retried: count }) },
      },
    },
    () => ask(async (one) => ({ retried: await one.retryFailed() })),
  );
}
