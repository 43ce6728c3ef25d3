import type { FailedTask, QueueState } from '@fr-stream/core';
import { json } from './api.js';
import { el, toast } from './dom.js';
import type { View } from './views.js';

interface ShownQueue extends QueueState {
  readonly name: string;
  readonly setAside: readonly FailedTask[];
}

const REFRESH_MS = 2000;

/** Whether there is a queue, and it is this user's to look at. */
export async function hasQueue(): Promise<boolean> {
  return (await fetch('/api/queue', { credentials: 'same-origin' })).status !== 404;
}

/** Who works for the queue of many machines, what waits there, and what was set aside. */
export const workersView: View = {
  title: 'Workers',
  async start(host) {
    const said = el('p', { className: 'muted' });
    const counts = el('p', { role: 'status' });
    const workers = el('ul', { className: 'cards' });
    const aside = el('ul', { className: 'cards' });
    const retry = el('button', { type: 'button' }, 'Try them again');
    retry.onclick = () =>
      void json<{ readonly retried: number }>('POST', '/api/queue/retry')
        .then(({ retried }) => toast(`${retried} wait again`))
        .then(refresh)
        .catch((error: unknown) => toast(String(error)));
    const refresh = async (): Promise<void> => {
      const state = await json<ShownQueue>('GET', '/api/queue');
      said.textContent = state.name;
      counts.textContent = `${state.waiting} wait, ${state.active} at work, ${state.delayed} to be tried again, ${state.completed} done, ${state.failed} set aside`;
      workers.replaceChildren(
        ...(state.workers.length === 0
          ? [el('li', { className: 'card' }, 'No worker is there.')]
          : state.workers.map((name) => el('li', { className: 'card' }, name))),
      );
      retry.hidden = state.setAside.length === 0;
      aside.replaceChildren(
        ...state.setAside.map(({ kind, name, reason, attempts }) =>
          el(
            'li',
            { className: 'card' },
            el('h4', {}, name === '' ? kind : name),
            el('p', { className: 'error' }, reason),
            el('p', { className: 'muted' }, `${kind}, tried ${attempts} times`),
          ),
        ),
      );
    };
    host.append(el('h2', {}, 'Workers'), said, counts, workers, el('h3', {}, 'Set aside'), retry, aside);
    await refresh();
    const timer = setInterval(
      () => void refresh().catch((error: unknown) => (counts.textContent = String(error))),
      REFRESH_MS,
    );
    return () => clearInterval(timer);
  },
};
