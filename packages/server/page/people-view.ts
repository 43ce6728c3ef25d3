import { definePeopleManager, HttpPeopleApi, PeopleManager } from '@fr-stream/people-ui';
import { ask, mayAct } from './api.js';
import { el, toast } from './dom.js';
import type { View } from './views.js';

/** Who is who. */
export const peopleView: View = {
  title: 'People',
  start(host, who) {
    definePeopleManager();
    const gallery = el('select', {}, ...who.galleries.map((id) => el('option', { value: id }, id)));
    const manager = document.createElement('people-manager');
    const use = (): void => {
      if (!(manager instanceof PeopleManager)) return;
      manager.api = new HttpPeopleApi({
        mayEdit: mayAct(who, 'tag'),
        mayForget: mayAct(who, 'admin'),
        gallery: gallery.value,
        fetch: ask,
      });
    };
    gallery.onchange = use;
    host.append(el('h2', {}, 'People'));
    if (who.galleries.length > 1)
      host.append(el('div', { className: 'bar' }, el('label', {}, 'Gallery', gallery)));
    if (mayAct(who, 'tag')) host.append(enrolForm(() => gallery.value, use));
    host.append(manager);
    use();
    return () => manager.remove();
  },
};

function enrolForm(gallery: () => string, done: () => void): HTMLElement {
  const name = el('input', { required: true, maxLength: 200, autocomplete: 'off' });
  const files = el('input', { type: 'file', accept: 'image/*', multiple: true, required: true });
  const form = el(
    'form',
    { className: 'bar', aria: { label: 'Add somebody' } },
    el('label', {}, 'Name', name),
    el('label', {}, 'Pictures of that person alone', files),
    el('button', { type: 'submit' }, 'Add'),
  );
  form.onsubmit = (event) => {
    event.preventDefault();
    const body = new FormData();
    body.append('name', name.value);
    for (const file of files.files ?? []) body.append('image', file);
    void ask(`/api/people?${new URLSearchParams({ gallery: gallery() })}`, { method: 'POST', body }).then(
      async (answer) => {
        if (!answer.ok) {
          const { detail } = (await answer.json()) as { detail?: string };
          toast(detail ?? 'That did not work.');
          return;
        }
        toast(`${name.value} was added.`);
        form.reset();
        done();
      },
    );
  };
  return form;
}
