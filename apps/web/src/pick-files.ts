/** What can be opened, by what it is. */
export interface PickedFiles {
  readonly photos: readonly File[];
  readonly videos: readonly File[];
  /** Files of people, as `fr-stream gallery export` writes them. */
  readonly people: readonly File[];
  readonly others: readonly File[];
}

const KINDS = {
  photos: /\.(?:jpe?g|jfif|png|webp|avif|gif|bmp|hei[cf])$/i,
  videos: /\.(?:mp4|m4v|mov|webm|mkv|ts|mts)$/i,
  people: /\.json$/i,
} as const;

/** Sorts files by type or, where the system tells none, by the ending of the name. */
export function pickFiles(files: readonly File[]): PickedFiles {
  const kindOf = ({ type, name }: File): keyof PickedFiles => {
    if (type.startsWith('image/')) return 'photos';
    if (type.startsWith('video/')) return 'videos';
    const found = (['photos', 'videos', 'people'] as const).find((kind) => KINDS[kind].test(name));
    return found ?? 'others';
  };
  const picked = { photos: [], videos: [], people: [], others: [] } satisfies Record<
    keyof PickedFiles,
    File[]
  >;
  const into: Record<keyof PickedFiles, File[]> = picked;
  for (const file of files) into[kindOf(file)].push(file);
  return into;
}
