import { el } from './dom.js';

const NEXT = { auto: 'light', light: 'dark', dark: 'auto' } as const;
type Theme = keyof typeof NEXT;

/** Dark, light, or as the system says; remembered in this browser. */
export function themeButton(): HTMLElement {
  const read = (): Theme => {
    const kept = localStorage.getItem('theme');
    return kept === 'light' || kept === 'dark' ? kept : 'auto';
  };
  const button = el('button', { type: 'button' });
  const show = (theme: Theme): void => {
    if (theme === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    button.textContent = `Theme: ${theme}`;
  };
  button.onclick = () => {
    const theme = NEXT[read()];
    localStorage.setItem('theme', theme);
    show(theme);
  };
  show(read());
  return button;
}
