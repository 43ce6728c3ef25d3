import { json, mayAct, type CameraInfo } from './api.js';
import { cameraForm } from './camera-form.js';
import { el } from './dom.js';
import { recordings } from './recordings.js';
import type { View } from './views.js';

/** Which cameras there are; for admins, a form for each. */
export const camerasView: View = {
  title: 'Cameras',
  async start(host, who) {
    const cameras = await json<CameraInfo[]>('GET', '/api/cameras');
    const place = el('div', {});
    const edit = (camera: CameraInfo | undefined): void => {
      place.replaceChildren(cameraForm(camera, who, () => void reload()));
      place.querySelector('input')?.focus();
    };
    const reload = async (): Promise<void> => {
      place.replaceChildren();
      list.replaceChildren(...(await json<CameraInfo[]>('GET', '/api/cameras')).map(item));
    };
    const item = (camera: CameraInfo): HTMLElement =>
      el(
        'li',
        { className: 'card' },
        el('h3', {}, camera.name),
        el(
          'p',
          { className: 'muted' },
          `${camera.url} · ${camera.gallery}${camera.enabled ? '' : ' · switched off'}`,
        ),
        mayAct(who, 'admin') && camera.origin === 'api'
          ? el(
              'button',
              { type: 'button', onclick: () => edit(camera), aria: { label: `Change ${camera.name}` } },
              'Change',
            )
          : undefined,
        camera.origin === 'config'
          ? el('p', { className: 'muted' }, 'Stands in the configuration file.')
          : undefined,
        camera.settings.record === undefined ? undefined : recordings(camera),
      );
    const list = el('ul', { className: 'cards' }, ...cameras.map(item));
    host.append(el('h2', {}, 'Cameras'));
    if (mayAct(who, 'admin'))
      host.append(
        el(
          'div',
          { className: 'bar' },
          el(
            'button',
            { type: 'button', className: 'primary', onclick: () => edit(undefined) },
            'Add a camera',
          ),
        ),
      );
    host.append(place, list);
    return () => undefined;
  },
};
