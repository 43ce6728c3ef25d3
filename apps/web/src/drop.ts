/** Takes files that are dropped anywhere on the page. @param target shows that it would take them. */
export function acceptDrops(target: HTMLElement, onFiles: (files: readonly File[]) => void): void {
  for (const type of ['dragenter', 'dragover']) {
    document.addEventListener(type, (event) => {
      event.preventDefault();
      target.classList.add('dropping');
    });
  }
  for (const type of ['dragleave', 'drop']) {
    document.addEventListener(type, () => target.classList.remove('dropping'));
  }
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    onFiles([...(event.dataTransfer?.files ?? [])]);
  });
}
