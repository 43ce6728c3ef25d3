const KEY = 'fr-stream-theme';

function apply(theme: string | null): void {
  if (theme === null) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** Dark or light: as the system wants it, until the button says otherwise. */
export function followTheme(button: HTMLButtonElement): void {
  apply(localStorage.getItem(KEY));
  button.onclick = () => {
    const now =
      document.documentElement.dataset.theme ??
      (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
    const next = now === 'dark' ? 'light' : 'dark';
    localStorage.setItem(KEY, next);
    apply(next);
  };
}
