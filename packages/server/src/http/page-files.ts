import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { App } from './app.js';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const peopleUi = dirname(fileURLToPath(import.meta.resolve('@fr-stream/people-ui/package.json')));

/** All files of the page by their address, read once: what is not among them cannot be asked for. */
async function pageFiles(): Promise<ReadonlyMap<string, { readonly type: string; readonly body: Buffer }>> {
  const files = new Map<string, { type: string; body: Buffer }>();
  const add = async (address: string, path: string): Promise<void> => {
    const type = TYPES[extname(path)];
    if (type === undefined) return;
    let body = await readFile(path);
    // Browsers do not know packages by name, and a map of them would be an inline script.
    if (extname(path) === '.js')
      body = Buffer.from(
        body.toString().replaceAll("'@fr-stream/people-ui'", "'/assets/people-ui/index.js'"),
      );
    files.set(address, { type, body });
  };
  const addFolder = async (prefix: string, folder: string): Promise<void> => {
    if (!existsSync(folder)) return;
    for (const name of await readdir(folder)) await add(`${prefix}/${name}`, join(folder, name));
  };
  await add('/', join(root, 'page/index.html'));
  await addFolder('/assets', join(root, 'page'));
  await addFolder('/assets', join(root, 'dist/page'));
  await addFolder('/assets/people-ui', join(peopleUi, 'dist'));
  for (const name of ['theme.css', 'people.css'])
    await add(`/assets/people-ui/${name}`, join(peopleUi, name));
  return files;
}

/** The page, to everybody: it holds nothing until somebody has logged in. */
export async function pageRoutes(app: App): Promise<void> {
  for (const [address, { type, body }] of await pageFiles()) {
    app.get(
      address,
      { config: { access: 'public', rateLimit: false }, schema: { hide: true } },
      async (_request, reply) => reply.type(type).header('cache-control', 'no-cache').send(body),
    );
  }
}
