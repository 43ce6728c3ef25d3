import { spawnSync } from 'node:child_process';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';
import { removeFolder, tempFolder } from './support/compose.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const withSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
if (!withSystemd) console.warn('No systemd-analyze (apt-get install systemd): the unit is not verified.');

describe('what the server is deployed with', () => {
  it('is a Dockerfile without faults', async () => {
    const text = await readFile(join(root, 'deploy/Dockerfile'), 'utf8');
    expect(validate(text)).toEqual([]);
    // Whoever breaks into it is nobody, and what it keeps is on a volume.
    expect(text).toMatch(/^USER node$/m);
    expect(text).toMatch(/^VOLUME \/data$/m);
    expect(validate('FROM node:22\nRUNN ls')).toHaveLength(1);
  });

  it.skipIf(!withSystemd)('is a unit that systemd understands', async () => {
    const folder = await tempFolder();
    const unit = join(folder, 'fr-stream.service');
    await copyFile(join(root, 'deploy/fr-stream.service'), unit);
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
    await removeFolder(folder);
    // It speaks of other units of the machine, too.
    const said = (stdout + stderr).split('\n').filter((line) => line.includes('fr-stream'));
    expect([status, said]).toEqual([0, []]);
  });

  it('is packed with its page', () => {
    const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
    });
    const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
    const paths = files.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        ...['page/index.html', 'page/page.css', 'page/icon.svg', 'dist/page/main.js'],
        ...['deploy/Dockerfile', 'deploy/fr-stream.service'],
      ]),
    );
  });
});
