import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { markdownTable } from 'markdown-table';
import { format, resolveConfig } from 'prettier';
import writeFileAtomic from 'write-file-atomic';
import { runClip, type ClipResult } from './run-clip.js';

export interface VideoTableOptions {
  /** Rows of profiles, each a list of the command's options; none for the defaults. */
  readonly options: readonly string[];
  /** Put the table into docs/tracking.md. */
  readonly write?: boolean;
}

const HEAD = [
  'clip',
  'recall',
  'false faces',
  'IDF1',
  'without a label',
  'name recall',
  'name precision',
  'embeddings (frames)',
  'fewer than every face',
  'frames/s',
];

const MARKS = /(<!-- real clips -->)[^]*(<!-- \/real clips -->)/;

async function hasClip(folder: string): Promise<boolean> {
  return (await stat(join(folder, 'clip.mp4')).catch(() => undefined))?.isFile() === true;
}

/** The folder itself, if it holds a clip, or those of its sub-folders that do. */
async function clipsIn(folder: string): Promise<readonly string[]> {
  if (await hasClip(folder)) return [folder];
  const inside: string[] = [];
  for (const name of (await readdir(folder)).sort()) {
    if (await hasClip(join(folder, name))) inside.push(join(folder, name));
  }
  if (inside.length === 0) throw new Error(`${folder}: neither it nor its sub-folders hold a clip.mp4`);
  return inside;
}

const rate = (value: number | undefined): string => value?.toFixed(2) ?? '';

function row(result: ClipResult): readonly string[] {
  const { name, score, faces, tracks, embedded, frames, speed } = result;
  const fewer = faces === 0 ? '' : `${(faces / Math.max(embedded, 1)).toFixed(0)} times`;
  const cost = [`${embedded} (${frames})`, fewer, speed.toFixed(0)];
  if (score === undefined) return [name, '', `${faces} in ${tracks} tracks`, '', '', '', '', ...cost];
  const { recall, falseFaces, idf1, unlabelled, nameRecall, namePrecision } = score;
  return [
    `${name} (${score.faces} faces)`,
    rate(recall),
    String(falseFaces),
    rate(idf1),
    String(unlabelled),
    rate(nameRecall),
    rate(namePrecision),
    ...cost,
  ];
}

/**
 * Runs the command over real clips that were labelled by eye, and tells how well it did as a Markdown table.
 * @param folders each a clip (`clip.mp4`, `truth.csv`, `times.csv`, perhaps `people/`) or a folder of such.
 */
export async function videoTable(
  folders: readonly string[],
  { options, write = false }: VideoTableOptions,
): Promise<{ readonly markdown: string; readonly results: readonly ClipResult[] }> {
  const clips = (await Promise.all(folders.map(clipsIn))).flat();
  const results: ClipResult[] = [];
  for (const clip of clips) results.push(await runClip(clip, options));
  const markdown = `${markdownTable([HEAD, ...results.map(row)].map((cells) => [...cells]))}\n`;
  if (write) await writeDocs(markdown);
  return { markdown, results };
}

async function writeDocs(table: string): Promise<void> {
  const path = fileURLToPath(new URL('../../../docs/tracking.md', import.meta.url));
  const text = await readFile(path, 'utf8');
  if (!MARKS.test(text)) throw new Error(`${path} lacks the marks of the table of real clips`);
  const changed = text.replace(
    MARKS,
    (_, start: string, end: string) => `${start}\n\n${table.trim()}\n\n${end}`,
  );
  await writeFileAtomic(path, await format(changed, { ...(await resolveConfig(path)), filepath: path }));
}
