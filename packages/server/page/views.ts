import type { Who } from './api.js';

/** A part of the page. */
export interface View {
  readonly title: string;
  /** Fills the element. @returns what ends it. */
  start(host: HTMLElement, who: Who): Promise<() => void> | (() => void);
}
