import { logIn, logOut, mayAct, whoAmI, type Who } from './api.js';
import { camerasView } from './cameras-view.js';
import { byId, el, toast } from './dom.js';
import { jobsView } from './jobs-view.js';
import { liveView } from './live-view.js';
import { peopleView } from './people-view.js';
import { themeButton } from './theme.js';
import { timelineView } from './timeline-view.js';
import type { View } from './views.js';
import { whereView } from './where-view.js';
import { hasQueue, workersView } from './workers-view.js';

let views: Readonly<Record<string, View>> = {
  live: liveView,
  timeline: timelineView,
  people: peopleView,
  where: whereView,
  jobs: jobsView,
  cameras: camerasView,
};

let end: () => void = () => undefined;
let turn = 0;

async function show(who: Who): Promise<void> {
  const name = location.hash.slice(1) in views ? location.hash.slice(1) : 'live';
  const mine = ++turn;
  end();
  end = () => undefined;
  byId('nav').replaceChildren(
    ...Object.entries(views).map(([key, { title }]) => {
      const link = el('a', { href: `#${key}` }, title);
      if (key === name) link.setAttribute('aria-current', 'page');
      return link;
    }),
  );
  const view = views[name];
  if (view === undefined) return;
  document.title = `${view.title} · fr-stream`;
  const host = el('div', { className: `view ${name}` });
  byId('main').replaceChildren(host);
  try {
    const stop = await view.start(host, who);
    // Somebody went on meanwhile.
    if (mine === turn) end = stop;
    else stop();
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error));
  }
}

function askForKey(): void {
  const key = el('input', { type: 'password', required: true, autocomplete: 'current-password' });
  const said = el('p', { className: 'error', role: 'alert' });
  const form = el(
    'form',
    { className: 'card', aria: { label: 'Log in' } },
    el('h2', {}, 'Log in'),
    el('label', {}, 'Key', key),
    el('button', { type: 'submit', className: 'primary' }, 'Log in'),
    said,
  );
  form.onsubmit = (event) => {
    event.preventDefault();
    logIn(key.value).then(start, (error: unknown) => {
      said.textContent = error instanceof Error ? error.message : String(error);
    });
  };
  byId('main').replaceChildren(form);
  key.focus();
}

async function start(): Promise<void> {
  const who = await whoAmI();
  const tools: HTMLElement[] = [themeButton(), el('a', { href: '/api/docs' }, 'API')];
  if (who?.via === 'session')
    tools.push(
      el('button', { type: 'button', onclick: () => void logOut().then(() => location.reload()) }, 'Log out'),
    );
  byId('tools').replaceChildren(...tools);
  if (who === undefined) askForKey();
  else {
    if (mayAct(who, 'admin') && (await hasQueue())) views = { ...views, workers: workersView };
    window.onhashchange = () => void show(who);
    await show(who);
  }
}

void start();
