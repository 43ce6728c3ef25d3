const KEY = 'fr-stream-theme';

function apply(theme: string | null): void {
  if (theme === null) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** Some browsers refuse to remember anything. */
function kept(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function keep(theme: string): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // It is dark or light until the page is left.
  }
}

/** Dark or light: as the system wants it, until the button says otherwise. */
export function followTheme(button: HTMLButtonElement): void {
  apply(kept());
  button.onclick = () => {
    const now =
      document.documentElement.dataset.theme ??
      (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
    const next = now === 'dark' ? 'light' : 'dark';
    keep(next);
    apply(next);
  };
}
