/** Takes files and folders that are dropped anywhere on the page. @param target shows that it would take them. */
export function acceptDrops(
  target: HTMLElement,
  onFiles: (files: readonly File[]) => void,
  onError: (error: unknown) => void,
): void {
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
    // Both are gone once this handler returns.
    const entries = [...(event.dataTransfer?.items ?? [])].map((item) => item.webkitGetAsEntry());
    const files = [...(event.dataTransfer?.files ?? [])];
    if (!entries.some((entry) => entry?.isDirectory)) onFiles(files);
    else collect(entries.filter((entry) => entry !== null)).then(onFiles, onError);
  });
}

/** All files of folders, and of folders in them, by path. */
async function collect(entries: readonly FileSystemEntry[]): Promise<readonly File[]> {
  const files: File[] = [];
  for (const entry of [...entries].sort((a, b) => a.fullPath.localeCompare(b.fullPath))) {
    if (isFolder(entry)) files.push(...(await collect(await contents(entry))));
    else if (isFile(entry) && !entry.name.startsWith('.'))
      files.push(await new Promise<File>((resolve, reject) => entry.file(resolve, reject)));
  }
  return files;
}

const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;

/** Browsers tell a folder's content in pieces, the last of which is empty. */
async function contents(folder: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (part.length === 0) return all;
    all.push(...part);
  }
}
