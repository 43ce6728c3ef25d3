import { json, type CameraInfo } from './api.js';
import { el } from './dom.js';
import { livePicture } from './live-picture.js';
import type { View } from './views.js';

const REFRESH_MS = 3000;

/** All cameras, live. */
export const liveView: View = {
  title: 'Live',
  async start(host) {
    const cameras = (await json<CameraInfo[]>('GET', '/api/cameras')).filter(({ enabled }) => enabled);
    const list = el('ul', { className: 'cards' });
    const states = new Map<string, { state: HTMLElement; numbers: HTMLElement }>();
    const ends: (() => void)[] = [];
    for (const { id, name } of cameras) {
      const canvas = el('canvas', { width: 640, height: 360, aria: { label: `Live picture of ${name}` } });
      canvas.setAttribute('role', 'img');
      const faces = el('span', { className: 'faces' });
      const state = el('span', { className: 'state' });
      const numbers = el('span', { className: 'muted' });
      states.set(id, { state, numbers });
      list.append(
        el(
          'li',
          { className: 'camera' },
          canvas,
          el('div', { className: 'about' }, el('h3', {}, name), faces, state, numbers),
        ),
      );
      ends.push(livePicture(canvas, id, (names) => (faces.textContent = names)));
    }
    const refresh = (all: readonly CameraInfo[]): void => {
      for (const { id, status } of all) {
        const shown = states.get(id);
        if (shown === undefined) continue;
        const online = status?.online === true;
        shown.state.textContent = online ? '● online' : `○ ${status?.reason ?? 'connecting'}`;
        shown.state.classList.toggle('online', online);
        shown.numbers.textContent =
          status === undefined ? '' : `${status.fps.toFixed(1)} fps, ${status.latencyMs.p95} ms`;
      }
    };
    refresh(cameras);
    const timer = setInterval(
      () => void json<CameraInfo[]>('GET', '/api/cameras').then(refresh, () => undefined),
      REFRESH_MS,
    );
    host.append(
      el('h2', {}, 'Cameras'),
      cameras.length === 0 ? el('p', {}, 'There is no camera yet: add one under “Cameras”.') : list,
    );
    return () => {
      clearInterval(timer);
      for (const end of ends) end();
    };
  },
};
