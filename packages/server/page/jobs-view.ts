import { ask, json, mayAct } from './api.js';
import { el, toast } from './dom.js';
import type { View } from './views.js';

interface Job {
  readonly id: string;
  readonly kind: 'video' | 'photos';
  readonly input: string;
  readonly state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  readonly progress: number;
  readonly created: string;
  readonly frames: number;
  readonly failed: number;
  readonly faces: number;
  readonly error?: string;
}

const REFRESH_MS = 1500;
const STATES: Readonly<Record<Job['state'], string>> = {
  queued: 'waits',
  running: 'at work',
  done: 'done',
  failed: 'failed',
  cancelled: 'broken off',
};
const underWay = ({ state }: Job): boolean => state === 'queued' || state === 'running';

interface Shown {
  readonly element: HTMLElement;
  update(job: Job): void;
}

function shownJob(id: string, name: string, mayCancel: boolean): Shown {
  const bar = el('progress', { max: 1, aria: { label: `Progress of ${name}` } });
  const state = el('p', { className: 'muted' });
  const cancel = el('button', { type: 'button', aria: { label: `Break off ${name}` } }, 'Break off');
  cancel.onclick = () =>
    void json('DELETE', `/api/jobs/${id}`).catch((error: unknown) => toast(String(error)));
  const result = el(
    'a',
    { href: `/api/jobs/${id}/result`, download: `${id}.jsonl`, aria: { label: `Result of ${name}` } },
    'Result',
  );
  return {
    element: el('li', { className: 'card' }, el('h3', {}, name), bar, state, result, cancel),
    update(job) {
      bar.hidden = !underWay(job);
      // Without a value it says that it does not know yet.
      if (job.progress > 0) bar.value = job.progress;
      cancel.hidden = !mayCancel || !underWay(job);
      const failed = job.failed > 0 ? `, ${job.failed} could not be read` : '';
      state.textContent =
        `${STATES[job.state]} · ${job.frames} pictures, ${job.faces} faces${failed}` +
        (job.error === undefined ? '' : ` · ${job.error}`);
    },
  };
}

/** Videos and photos that are searched in the background. */
export const jobsView: View = {
  title: 'Jobs',
  async start(host, who) {
    const list = el('ul', { className: 'cards' });
    const none = el('p', {}, 'There is no job yet.');
    const shown = new Map<string, Shown>();
    const refresh = async (): Promise<void> => {
      const jobs = await json<Job[]>('GET', '/api/jobs');
      none.hidden = jobs.length > 0;
      for (const job of [...jobs].reverse()) {
        let one = shown.get(job.id);
        if (one === undefined) {
          one = shownJob(
            job.id,
            `${job.kind === 'video' ? 'Video' : 'Photos'}: ${job.input}`,
            mayAct(who, 'tag'),
          );
          shown.set(job.id, one);
          list.prepend(one.element);
        }
        one.update(job);
      }
    };
    host.append(el('h2', {}, 'Jobs'));
    if (mayAct(who, 'tag')) host.append(jobForm(who.galleries, refresh));
    host.append(none, list);
    await refresh();
    const timer = setInterval(() => void refresh().catch(() => undefined), REFRESH_MS);
    return () => clearInterval(timer);
  },
};

function jobForm(galleries: readonly string[], refresh: () => Promise<void>): HTMLElement {
  const file = el('input', { type: 'file', accept: 'video/*,.zip,.tar,.gz,.tgz' });
  const path = el('input', { maxLength: 2000, spellcheck: false, autocomplete: 'off' });
  const gallery = el('select', {}, ...galleries.map((id) => el('option', { value: id }, id)));
  const kind = el(
    'select',
    {},
    el('option', { value: 'video' }, 'Video'),
    el('option', { value: 'photos' }, 'Photos'),
  );
  const said = el('p', { role: 'status' });
  file.onchange = () => {
    const [one] = file.files ?? [];
    if (one !== undefined) kind.value = one.type.startsWith('video/') ? 'video' : 'photos';
  };
  const start = async (): Promise<void> => {
    const query = new URLSearchParams({ gallery: gallery.value });
    const [one] = file.files ?? [];
    if (one === undefined && path.value === '') throw new Error('Choose a file, or name a path.');
    let body: object = { kind: kind.value, path: path.value };
    if (one !== undefined) {
      said.textContent = `Uploading ${one.name} …`;
      const headers = { 'content-type': 'application/octet-stream' };
      const answer = await ask(`/api/uploads?${query}`, { method: 'POST', body: one, headers });
      const uploaded = (await answer.json()) as { id?: string; detail?: string };
      if (uploaded.id === undefined) throw new Error(uploaded.detail ?? 'The upload failed.');
      body = { kind: kind.value, upload: uploaded.id, name: one.name.slice(0, 200) };
    }
    await json('POST', `/api/jobs?${query}`, body);
    said.textContent = 'It is in line.';
    form.reset();
    await refresh();
  };
  const form = el(
    'form',
    { className: 'card', aria: { label: 'A new job' } },
    el('label', {}, 'A video, or an archive of photos', file),
    el('label', {}, 'Or a path on the server, in a folder that its configuration opens', path),
    el(
      'div',
      { className: 'row' },
      el('label', {}, 'What it is', kind),
      galleries.length > 1 ? el('label', {}, 'Gallery', gallery) : undefined,
    ),
    el('div', { className: 'row' }, el('button', { type: 'submit', className: 'primary' }, 'Search it')),
    said,
  );
  form.onsubmit = (event) => {
    event.preventDefault();
    start().catch((error: unknown) => {
      said.textContent = error instanceof Error ? error.message : String(error);
    });
  };
  return form;
}
