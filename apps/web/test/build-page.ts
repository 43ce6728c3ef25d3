import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromiumPath, run } from './browser.js';

const root = join(import.meta.dirname, '..');

/** Run by vitest before the first test of this project: builds the page and the pages that only tests use. */
export default async function buildPage(): Promise<void> {
  if (chromiumPath === undefined) return;
  await run('node', ['--conditions=@fr-stream/source', '--import', 'tsx', 'scripts/assets.ts'], {
    cwd: root,
  });
  const bins = [join(root, 'node_modules', '.bin'), join(root, '..', '..', 'node_modules', '.bin')];
  const vite = bins.map((bin) => join(bin, 'vite')).find((path) => existsSync(path));
  if (vite === undefined) throw new Error('Vite is not installed: run "npm ci" first.');
  await run(vite, ['build', '--mode', 'test'], { cwd: root });
}
