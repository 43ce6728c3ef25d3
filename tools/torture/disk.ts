import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { galleryState } from './gallery-state.js';
import { makeMaterial, type Material } from './kill/scenarios.js';
import { BIN, describeRun, runFrStream, runProgram } from './run-command.js';
import { leftovers, makeWorkFolder, type WorkFolder } from './work-folder.js';

export interface DiskFigures {
  readonly runs: number;
  /** Cases that this machine or user does not allow. */
  readonly skipped: readonly string[];
  readonly faults: readonly { readonly what: string }[];
}

const run = promisify(execFile);
const SECONDS = 120;

/** What a command has to say for itself. */
interface Expected {
  readonly code: number | readonly number[];
  /** The cause, on standard error. */
  readonly says?: RegExp;
}

const FULL = /disk is full|no space/i;
const READ_ONLY = /read-only|not permitted|permission|cannot be (opened for )?writ/i;

/** Nobody in particular: without rights to what others own. */
const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] as const;

class Disk {
  readonly faults: { what: string }[] = [];
  runs = 0;
  readonly work: WorkFolder;
  readonly material: Material;
  constructor(work: WorkFolder, material: Material) {
    this.work = work;
    this.material = material;
  }

  async expect(
    where: string,
    args: readonly string[],
    { code, says }: Expected,
    under: readonly string[] = [],
  ): Promise<void> {
    const ran = await runFrStream(args, { env: this.work.env, seconds: SECONDS, under });
    this.runs++;
    const codes = typeof code === 'number' ? [code] : code;
    const fine = !ran.timedOut && ran.code !== null && codes.includes(ran.code);
    if (!fine || (says !== undefined && !says.test(ran.stderr)))
      this.fault(
        `${where}: wanted exit ${codes.join(' or ')}${says ? `, ${String(says)}` : ''}: ${describeRun(args, ran)}`,
      );
  }

  fault(what: string): void {
    this.faults.push({ what });
  }

  /** A gallery of people on a tmpfs, of which so much is left. */
  async mounted(size: string, use: (mount: string) => Promise<void>): Promise<void> {
    const mount = this.work.at('disk');
    await mkdir(mount, { recursive: true });
    await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', mount]);
    try {
      await cp(join(this.material.gallery, 'g.db'), join(mount, 'g.db'));
      await use(mount);
    } finally {
      await run('umount', [mount]);
    }
  }

  async kept(where: string, mount: string, before: unknown): Promise<void> {
    const after = await galleryState(join(mount, 'g.db'));
    if (JSON.stringify(after) !== JSON.stringify(before))
      this.fault(`${where}: the gallery is not what it was`);
    const left = await leftovers(mount);
    if (left.length > 0) this.fault(`${where}: left ${left.join(', ')}`);
  }
}

async function full(disk: Disk): Promise<void> {
  const { man, clip } = disk.material;
  await disk.mounted('3m', async (mount) => {
    const at = (name: string): string => join(mount, name);
    const g = ['-g', at('g.db')];
    const before = await galleryState(at('g.db'));
    await writeFile(at('p.json'), 'of the user');
    await run('sh', ['-c', `cat /dev/zero > '${at('filler')}' || true`], {}).catch(() => undefined);
    await disk.expect('full disk', ['enroll', 'Berta', ...man, ...g], { code: [4, 7], says: FULL });
    await disk.expect('full disk', ['gallery', 'list', ...g], { code: 0 });
    const fresh = ['enroll', 'Berta', man[0] ?? '', '-g', at('new/fresh.db')];
    await disk.expect('full disk, a new gallery', fresh, { code: 7, says: FULL });
    const known = ['-g', join(disk.material.gallery, 'g.db'), '-q'];
    for (const [option, name] of [
      ['--events', 'e.jsonl'],
      ['--csv', 'e.csv'],
      ['--out', 'o.mp4'],
      ['--out', 'o.mkv'],
      ['--timeline', 't.json'],
    ] as const)
      await disk.expect(`full disk, ${option}`, ['tag', clip, option, at(name), ...known], {
        code: 4,
        says: FULL,
      });
    await disk.expect('full disk', ['gallery', 'export', at('p.json'), '-y', ...g], { code: 4, says: FULL });
    const photos = ['photos', disk.material.photos, '--tiles', '1', '-q', '-g', disk.work.at('roomy.db')];
    await disk.expect('full disk, cut-outs', [...photos, '--faces', at('faces')], {
      code: [4, 8],
      says: FULL,
    });
    await rm(at('filler'));
    await disk.kept('full disk', mount, before);
    const names = (await readdir(mount)).filter((name) => !/^(g\.db(-wal|-shm)?|p\.json|faces)$/.test(name));
    if (names.length > 0) disk.fault(`full disk: left ${names.join(', ')}`);
    await disk.expect('space again', ['enroll', 'Berta', ...man, ...g], { code: 0 });
    await disk.expect('space again', [...photos, '--faces', at('faces')], { code: 0 });
  });
}

async function readOnly(disk: Disk): Promise<void> {
  const { man, clip } = disk.material;
  await disk.mounted('8m', async (mount) => {
    const at = (name: string): string => join(mount, name);
    const g = ['-g', at('g.db')];
    const before = await galleryState(at('g.db'));
    await run('mount', ['-o', 'remount,ro', mount]);
    const denied = { code: [4, 7], says: READ_ONLY } as const;
    await disk.expect('read-only disk', ['gallery', 'list', ...g], { code: 0 });
    await disk.expect('read-only disk', ['gallery', 'check', ...g], { code: 0 });
    await disk.expect('read-only disk', ['gallery', 'export', disk.work.at('ro.json'), '-y', ...g], {
      code: 0,
    });
    await disk.expect('read-only disk', ['enroll', 'Berta', ...man, ...g], denied);
    await disk.expect('read-only disk', ['name', 'Berta', 'Clara', ...g], denied);
    await disk.expect('read-only disk', ['forget', 'Berta', ...g], denied);
    await disk.expect('read-only disk', ['tag', clip, '--events', at('e.jsonl'), '-q', ...g], {
      code: 4,
      says: READ_ONLY,
    });
    await disk.expect(
      'read-only disk',
      ['tag', clip, '--events', disk.work.at('ro.jsonl'), '-y', '-q', ...g],
      { code: 0 },
    );
    await disk.kept('read-only disk', mount, before);
  });
}

/** @returns why not, where this user cannot become another one. */
async function unprivileged(disk: Disk): Promise<string | undefined> {
  const { work, material } = disk;
  // Models lie in a home that others may not enter.
  const cache = work.at('cache');
  await cp(work.env.FR_STREAM_CACHE ?? '', cache, { recursive: true });
  const open = ['home', 'tmp', 'data', 'cache'].map((name) => work.at(name));
  await run('chmod', ['-R', 'a+rwX', work.path, ...open]);
  await run('chmod', ['-R', 'a+rX', dirname(material.clip)]);
  const [program, ...args] = NOBODY;
  const able = await runProgram(program, [...args, 'test', '-r', BIN], { env: {} }).catch(() => undefined);
  if (able?.code !== 0)
    return 'an unprivileged user: this one cannot become it, or it cannot read the program';
  const folder = work.at('owned');
  await mkdir(folder);
  const at = (name: string): string => join(folder, name);
  await cp(join(material.gallery, 'g.db'), at('g.db'));
  await cp(material.gallery, at('closed'), { recursive: true });
  await cp(material.photos, at('photos'), { recursive: true });
  await chmod(at('g.db'), 0o644);
  await chmod(at('closed/g.db'), 0o600);
  await chmod(at('photos/man-0.jpg'), 0o600);
  await chmod(at('closed'), 0o755);
  await chmod(folder, 0o755);
  const before = await galleryState(at('g.db'));
  const under = ['env', `FR_STREAM_CACHE=${cache}`, ...NOBODY];
  const g = ['-g', at('g.db')];
  const denied = { code: [4, 7], says: READ_ONLY } as const;
  const mine = work.at('tmp');
  await disk.expect('another user', ['gallery', 'list', ...g], { code: 0 }, under);
  await disk.expect(
    'another user',
    ['gallery', 'list', '-g', at('closed/g.db')],
    { code: 7, says: /permi|denied|cannot be read/i },
    under,
  );
  await disk.expect('another user', ['enroll', 'Berta', material.man[2] ?? '', ...g], denied, under);
  await disk.expect('another user', ['forget', 'Berta', ...g], denied, under);
  await disk.expect(
    'another user',
    ['tag', material.clip, '--events', at('e.jsonl'), '-q', ...g],
    { code: 4, says: READ_ONLY },
    under,
  );
  await disk.expect(
    'another user',
    ['tag', material.clip, '--events', join(mine, 'e.jsonl'), '-q', ...g],
    { code: 0 },
    under,
  );
  const photos = ['photos', at('photos'), '--tiles', '1', '-q', '-g', join(mine, 'own.db')];
  await disk.expect('a photo of another user', photos, { code: 8, says: /permi|denied/i }, under);
  await disk.kept('another user', folder, before);
  return undefined;
}

/** A full disk, a read-only one, and a user without rights. In a namespace of mounts, as root of it. */
export async function diskCampaign({
  mounts,
  material,
  progress,
}: {
  /** Whether filesystems can be mounted here. */
  readonly mounts: boolean;
  /** A folder whose material is shared with other campaigns. */
  readonly material?: string | undefined;
  readonly progress: (line: string) => void;
}): Promise<DiskFigures> {
  await using work = await makeWorkFolder('disk');
  const disk = new Disk(work, await makeMaterial(work, material));
  const skipped: string[] = [];
  if (mounts) {
    await full(disk);
    progress(`full disk: ${disk.faults.length} faults so far`);
    await readOnly(disk);
    progress(`read-only disk: ${disk.faults.length} faults so far`);
  } else skipped.push('a full and a read-only disk: nothing can be mounted here');
  const why = await unprivileged(disk);
  if (why !== undefined) skipped.push(why);
  return { runs: disk.runs, skipped, faults: disk.faults };
}
