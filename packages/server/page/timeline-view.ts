import { json, type CameraInfo, type PageEvent } from './api.js';
import { el } from './dom.js';
import type { View } from './views.js';

const TEXTS: Readonly<Record<string, (who: string) => string>> = {
  'person.appeared': () => 'Somebody came into view',
  'person.identified': (who) => `${who} was recognised`,
  'person.left': (who) => `${who} left`,
  'stranger.appeared': (who) => `A stranger is there: ${who}`,
  'stranger.left': (who) => `A stranger left: ${who}`,
  'camera.lost': () => 'The camera is gone',
  'camera.back': () => 'The camera is back',
};

/** @param names of cameras, by id; one that is gone has none. */
function entry(event: PageEvent, names: ReadonlyMap<string, string>): HTMLElement {
  const { type, at, camera, person, label, snapshot, bestShot, reason, score } = event;
  const who = person?.name ?? label ?? 'somebody';
  const text = TEXTS[type]?.(who) ?? type;
  const picture = bestShot ?? snapshot;
  const image =
    picture === undefined
      ? undefined
      : el('img', { src: picture, alt: '', loading: 'lazy', width: 72, height: 72 });
  const time = el('time', { dateTime: at }, new Date(at).toLocaleString());
  const more = [
    score === undefined ? '' : `similarity ${score.toFixed(2)}`,
    type === 'camera.lost' ? (reason ?? '') : '',
  ]
    .filter(Boolean)
    .join(', ');
  return el(
    'li',
    { className: 'event' },
    image,
    el(
      'div',
      {},
      el('p', {}, text),
      el(
        'p',
        { className: 'muted' },
        time,
        ` · ${names.get(camera) ?? camera}${more === '' ? '' : ` · ${more}`}`,
      ),
      snapshot === undefined
        ? undefined
        : el(
            'a',
            {
              href: snapshot,
              target: '_blank',
              rel: 'noopener',
              aria: { label: `Whole picture: ${text}, ${at}` },
            },
            'Whole picture',
          ),
    ),
  );
}

/** What happened, and what happens. */
export const timelineView: View = {
  title: 'Timeline',
  async start(host) {
    const cameras = await json<CameraInfo[]>('GET', '/api/cameras');
    const names = new Map(cameras.map(({ id, name }) => [id, name]));
    const option = (value: string, text: string) => el('option', { value }, text);
    const camera = el(
      'select',
      {},
      option('', 'All cameras'),
      ...cameras.map(({ id, name }) => option(id, name)),
    );
    const type = el(
      'select',
      {},
      option('', 'Everything'),
      option('person.identified', 'Recognised'),
      option('stranger.*', 'Strangers'),
      option('camera.*', 'Cameras'),
    );
    const list = el('ol', { className: 'timeline', aria: { label: 'Events, the newest first' } });
    const more = el('button', { type: 'button' }, 'Older');
    const query = (): URLSearchParams => {
      const search = new URLSearchParams();
      if (camera.value !== '') search.set('camera', camera.value);
      if (type.value !== '') search.set('type', type.value);
      return search;
    };
    let source: EventSource | undefined;
    let before: number | undefined;
    const load = async (): Promise<void> => {
      const search = query();
      search.set('limit', '30');
      if (before !== undefined) search.set('before', String(before));
      const page = await json<{ events: PageEvent[]; next?: number }>('GET', `/api/events?${search}`);
      list.append(...page.events.map((event) => entry(event, names)));
      before = page.next;
      more.hidden = page.next === undefined;
      if (source !== undefined) return;
      const live = query();
      live.set('after', String(page.events[0]?.seq ?? 0));
      source = new EventSource(`/api/events/stream?${live}`);
      for (const name of Object.keys(TEXTS))
        source.addEventListener(name, ({ data }) =>
          list.prepend(entry(JSON.parse(String(data)) as PageEvent, names)),
        );
    };
    const start = async (): Promise<void> => {
      source?.close();
      source = undefined;
      before = undefined;
      list.replaceChildren();
      await load();
    };
    camera.onchange = type.onchange = () => void start();
    more.onclick = () => void load();
    host.append(
      el('h2', {}, 'Timeline'),
      el('div', { className: 'bar' }, el('label', {}, 'Camera', camera), el('label', {}, 'What', type)),
      list,
      more,
    );
    await start();
    return () => source?.close();
  },
};
