import { cutoutContext, type CutoutSeal } from '@fr-stream/stream';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Moment } from '@fr-stream/library';
import { knownPath, TextOutput, timecode, type Output } from '@fr-stream/stream';
import { shownPath } from '../ui/shown-path.js';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const html = (text: string): string => text.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? char);

const STYLE = `body{font:15px system-ui;margin:2rem;color:#222;background:#fff}h1{font-size:1.3rem}
ul{list-style:none;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:1rem}
img{width:8rem;height:8rem;object-fit:cover;border-radius:.5rem;background:#ddd}a{color:inherit;overflow-wrap:anywhere}
small{color:#666;display:block}@media(prefers-color-scheme:dark){body{color:#eee;background:#181818}small{color:#aaa}}`;

/** A page that loads nothing: somebody's moments as pictures, each linked to its file. @param faces folder of the cut-outs. */
export async function momentsPage(
  output: Output,
  name: string,
  moments: readonly Moment[],
  faces: string,
  seal: CutoutSeal | undefined,
): Promise<void> {
  await using text = new TextOutput(output);
  await text.open();
  const title = html(name);
  await text.write(
    `<!doctype html>\n<html lang="en"><meta charset="utf-8"><meta name="generator" content="fr-stream">
<meta name="viewport" content="width=device-width"><title>${title}</title><style>${STYLE}</style>
<h1>${title}</h1>\n<ul>\n`,
  );
  for (const { path, span, capturedAt, face } of moments) {
    const bytes = await readFile(join(faces, face.cutout)).catch(() => undefined);
    const jpeg = bytes && Buffer.from(seal?.open(bytes, cutoutContext(face.cutout)) ?? bytes);
    const picture =
      jpeg === undefined
        ? ''
        : `<img loading="lazy" alt="" src="data:image/jpeg;base64,${jpeg.toString('base64')}">`;
    const when = span === undefined ? '' : `${timecode(span.fromMs)} – ${timecode(span.toMs)}`;
    // Players and browsers that know media fragments begin there.
    const at =
      span === undefined ? '' : `#t=${(span.fromMs / 1000).toFixed(1)},${(span.toMs / 1000).toFixed(1)}`;
    const [archive = path] = knownPath(path).split('!/');
    const date =
      capturedAt === undefined ? '' : `<small>${html(capturedAt.slice(0, 19).replace('T', ' '))}</small>`;
    await text.write(
      `<li><a href="${html(pathToFileURL(archive).href + at)}">${picture}<br>${html(shownPath(path))}</a><small>${when}</small>${date}</li>\n`,
    );
  }
  await text.write('</ul></html>\n');
  await text.close();
}
