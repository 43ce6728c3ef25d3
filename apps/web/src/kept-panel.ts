import { labelOf } from '@fr-stream/backend-web';
import type { KeptVideo } from '@fr-stream/browser';
import { clock, make } from './dom.js';
import { engine, names } from './engine.js';
import { Pictures } from './pictures.js';
import { run, ui } from './ui.js';

/** Faces shown of each video. */
const MOST_FACES = 12;

/** What was found in photos and videos and is kept: by video who is in it, and how much there is of photos. */
export class KeptPanel {
  readonly #pictures = new Pictures(2000);

  /** @param onForgotten told once something is no longer kept. */
  constructor(onForgotten: () => Promise<void>) {
    ui.forgetFiles.onclick = () =>
      run(async () => {
        if (!confirm('Forget what was found in all photos and videos? People who have a name stay.')) return;
        await engine.forgetFiles();
        await onForgotten();
      });
  }

  async refresh(): Promise<void> {
    const { videos, photos, faces } = await engine.keptFiles();
    ui.keptVideos.replaceChildren(...videos.map((video) => this.#item(video)));
    const parts = [
      ...(videos.length > 0 ? [`${videos.length} ${videos.length === 1 ? 'video' : 'videos'}`] : []),
      ...(photos > 0
        ? [`${photos} ${photos === 1 ? 'photo' : 'photos'} with ${faces} ${faces === 1 ? 'face' : 'faces'}`]
        : []),
    ];
    ui.keptSummary.textContent =
      parts.length > 0
        ? `${parts.join(', ')}. The files themselves stay where they are.`
        : 'Photos that were opened, and videos that were scanned, are remembered here.';
    ui.forgetFiles.hidden = parts.length === 0;
  }

  #item({ path, durationMs, people }: KeptVideo): HTMLLIElement {
    const shown = people.slice(0, MOST_FACES).map(({ id, identity, picture }) => {
      const name = labelOf({ identity: names.now(identity) });
      const src = picture === undefined ? 'icon.svg' : this.#pictures.put(id, picture);
      return make('img', { src, alt: name, title: name, width: 40, height: 40, loading: 'lazy' });
    });
    const more = people.length > MOST_FACES ? [` and ${people.length - MOST_FACES} more`] : [];
    const title = make('p', {}, path, make('span', { className: 'quiet' }, ` ${clock(durationMs)}`));
    return make('li', {}, title, make('div', { className: 'kept-faces' }, ...shown, ...more));
  }
}
