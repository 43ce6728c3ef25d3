import { json, type CameraInfo } from './api.js';
import { el, toast } from './dom.js';

interface Segment {
  readonly name: string;
  readonly bytes: number;
}

/** Shown at once; further ones with a button. */
const SHOWN = 48;

/** `2026-01-31_08-00-00.mp4` as people write it. */
const when = (name: string): string =>
  new Date(name.replace(/^(.{10})_(..)-(..)-(..)\.mp4$/, '$1T$2:$3:$4')).toLocaleString();

/** What a camera recorded, to be opened when somebody wants to know: the newest first. */
export function recordings({ id, name }: Pick<CameraInfo, 'id' | 'name'>): HTMLElement {
  const list = el('ul', { aria: { label: `Recordings of ${name}` } });
  const more = el('button', { type: 'button', hidden: true }, 'Older');
  const link = ({ name: file, bytes }: Segment): HTMLElement =>
    el(
      'li',
      {},
      el('a', { href: `/api/cameras/${id}/recordings/${file}`, download: `${id}_${file}` }, when(file)),
      ` · ${(bytes / 1e6).toFixed(1)} MB`,
    );
  const load = async (): Promise<void> => {
    const segments = [...(await json<Segment[]>('GET', `/api/cameras/${id}/recordings`))].reverse();
    const show = (count: number): void => {
      list.replaceChildren(...segments.slice(0, count).map(link));
      if (segments.length === 0) list.append(el('li', {}, 'None yet.'));
      more.hidden = segments.length <= count;
      more.onclick = () => show(count + SHOWN);
    };
    show(SHOWN);
  };
  const box = el('details', {}, el('summary', {}, 'Recordings'), list, more);
  box.ontoggle = () => {
    if (box.open) load().catch((error: unknown) => toast(String(error)));
  };
  return box;
}
