import { expect, it } from 'vitest';
import { TaskThread } from '../../src/threads/task-thread.js';

interface Task {
  readonly kind: 'double' | 'throw' | 'die';
  readonly value?: number;
}

/** Answers in the order of its own choice: the last task of a batch first. */
const script = `
  import { parentPort } from 'node:worker_threads';
  parentPort.on('message', ({ id, kind, value }) => {
    if (kind === 'end') parentPort.close();
    else if (kind === 'die') throw new Error('out of luck');
    else if (kind === 'throw') parentPort.postMessage({ id, error: 'no such number' });
    else setTimeout(() => parentPort.postMessage({ id, result: 2 * value }), 50 - value);
  });
`;

const start = (): TaskThread<Task, number> =>
  new TaskThread(
    new URL(`data:text/javascript,${encodeURIComponent(script)}`),
    (reason) => new Error(`gone: ${reason}`),
  );

it('gives each task its own answer, whatever their order, and ends when all are answered', async () => {
  const thread = start();
  const answers = [10, 30, 20].map((value) => thread.send({ kind: 'double', value }));
  expect(thread.load).toBe(3);
  const refused = thread.send({ kind: 'throw' });
  await expect(refused).rejects.toThrow(/^no such number$/);
  const ending = thread.end();
  expect(await Promise.all(answers)).toEqual([20, 60, 40]);
  await ending;
  expect(thread.load).toBe(0);
});

it('fails all tasks of a thread that died, those that come later too, and can still be ended', async () => {
  const thread = start();
  const waiting = thread.send({ kind: 'double', value: 1 });
  const dying = thread.send({ kind: 'die' });
  await expect(waiting).rejects.toThrow(/^gone: out of luck$/);
  await expect(dying).rejects.toThrow(/^gone: out of luck$/);
  await expect(thread.send({ kind: 'double', value: 2 })).rejects.toThrow(/^gone: out of luck$/);
  await thread.end();
  await expect(thread.send({ kind: 'double', value: 2 })).rejects.toThrow(/^gone/);
});
