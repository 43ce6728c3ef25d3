import { make } from './dom.js';
import { ui } from './ui.js';

/** Something that was opened. */
export interface OpenedSource {
  readonly key: string;
  readonly name: string;
  readonly open: () => void;
}

/** What was opened, if it is more than one thing: photos together, each video for itself. */
export class SourceList {
  #sources: readonly OpenedSource[] = [];

  set(sources: readonly OpenedSource[]): void {
    this.#sources = sources;
    ui.sources.hidden = sources.length < 2;
    ui.sources.replaceChildren(
      ...sources.map(({ key, name, open }, i) => {
        // Files of one name come from several folders, which browsers do not tell.
        const nth = sources.slice(0, i + 1).filter((one) => one.name === name).length;
        const button = make(
          'button',
          { type: 'button', onclick: open },
          nth === 1 ? name : `${name} (${nth})`,
        );
        button.dataset.source = key;
        button.setAttribute('aria-pressed', 'false');
        return button;
      }),
    );
  }

  /** What is known of a source by now. */
  rename(key: string, name: string): void {
    for (const button of ui.sources.querySelectorAll('button'))
      if (button.dataset.source === key) button.textContent = name;
  }

  /** Marks what is shown. */
  show(key: string): void {
    for (const button of ui.sources.querySelectorAll('button'))
      button.setAttribute('aria-pressed', String(button.dataset.source === key));
  }

  first(): OpenedSource | undefined {
    return this.#sources[0];
  }
}
