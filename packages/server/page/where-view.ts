import { json } from './api.js';
import { el } from './dom.js';
import type { View } from './views.js';

interface Moment {
  readonly kind: 'photo' | 'video';
  readonly path: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly capturedAt?: string;
  readonly score?: number;
  readonly face: string;
}

const PAGE = 100;

/** `1:02:03`, or `2:03`. */
function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function entry({ kind, path, fromMs, toMs, capturedAt, score }: Moment): HTMLElement {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  const when = fromMs === undefined || toMs === undefined ? '' : `${clock(fromMs)} to ${clock(toMs)}`;
  const more = [
    when,
    capturedAt === undefined ? '' : capturedAt.slice(0, 16).replace('T', ' '),
    score === undefined ? '' : `similarity ${score.toFixed(2)}`,
  ]
    .filter(Boolean)
    .join(' · ');
  return el(
    'li',
    { className: 'card' },
    el('p', { className: 'name' }, `${kind === 'video' ? '▶ ' : ''}${name}`),
    el('p', { className: 'muted path' }, path),
    more === '' ? undefined : el('p', {}, more),
  );
}

/** In which photos and videos of the archive somebody is. */
export const whereView: View = {
  title: 'Where',
  start(host, who) {
    const person = el('input', { required: true, maxLength: 200, autocomplete: 'off' });
    const together = el('input', { maxLength: 200, autocomplete: 'off' });
    const gallery = el('select', {}, ...who.galleries.map((id) => el('option', { value: id }, id)));
    const since = el('input', { type: 'date' });
    const until = el('input', { type: 'date' });
    const said = el('p', { role: 'status' });
    const list = el('ol', { className: 'cards', aria: { label: 'Photos and videos, the newest first' } });
    const more = el('button', { type: 'button', hidden: true }, 'More');
    let asked = new URLSearchParams();
    let shown = 0;
    const load = async (): Promise<void> => {
      const page = await json<{ person: { name: string }; total: number; moments: Moment[] }>(
        'GET',
        `/api/library/where?${asked}&limit=${PAGE}&offset=${shown}`,
      );
      shown += page.moments.length;
      said.textContent =
        page.total === 0
          ? `${page.person.name} is in nothing that was read into the library (fr-stream library add FOLDER).`
          : `${page.person.name}: ${page.total}`;
      list.append(...page.moments.map(entry));
      more.hidden = shown >= page.total;
    };
    const attempt = (): void =>
      void load().catch((error: unknown) => {
        said.textContent = error instanceof Error ? error.message : String(error);
      });
    const form = el(
      'form',
      { className: 'bar', aria: { label: 'Who' } },
      el('label', {}, 'Name', person),
      el('label', {}, 'Together with', together),
      el('label', {}, 'From', since),
      el('label', {}, 'To', until),
      who.galleries.length > 1 ? el('label', {}, 'Gallery', gallery) : undefined,
      el('button', { type: 'submit', className: 'primary' }, 'Search'),
    );
    form.onsubmit = (event) => {
      event.preventDefault();
      asked = new URLSearchParams({ person: person.value, gallery: gallery.value });
      for (const [key, { value }] of Object.entries({ with: together, since, until }))
        if (value !== '') asked.set(key, value);
      shown = 0;
      list.replaceChildren();
      more.hidden = true;
      attempt();
    };
    more.onclick = attempt;
    host.append(el('h2', {}, 'Where is …?'), form, said, list, more);
    return () => undefined;
  },
};
