import { execFile } from 'node:child_process';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Tells the file system that is mounted in a folder from every other that may be mounted there: numbers of devices are given
 * to whatever is plugged in next.
 * @param mount absolute, where a file system begins.
 * @returns undefined where the system does not tell.
 */
export async function driveId(mount: string): Promise<string | undefined> {
  const facts = await stat(mount).catch(() => undefined);
  if (facts === undefined) return undefined;
  // There it is the serial number that the volume was formatted with.
  if (process.platform === 'win32') return `volume ${facts.dev}`;
  const told = process.platform === 'darwin' ? await volumeUuid(mount) : await linuxId(mount);
  if (told !== undefined) return told;
  // When its root folder was made is when it was formatted. Where that is not kept, Node gives its last change, or nothing.
  const { birthtimeMs, ctimeMs } = facts;
  return birthtimeMs > 0 && birthtimeMs !== ctimeMs ? `made ${birthtimeMs}` : undefined;
}

async function volumeUuid(mount: string): Promise<string | undefined> {
  const told = (await said('diskutil', ['info', '-plist', mount])) ?? '';
  const uuid = /<key>VolumeUUID<\/key>\s*<string>([^<]+)</.exec(told)?.[1];
  return uuid && `uuid ${uuid}`;
}

interface MountLine {
  /** Major and minor number, as `8:17`. */
  readonly device: string;
  /** The folder of the file system that is seen at the mount. */
  readonly root: string;
  readonly mount: string;
  readonly type: string;
  readonly source: string;
}

/** Lines of `/proc/self/mountinfo`: proc_pid_mountinfo(5). */
export function parseMountInfo(text: string): readonly MountLine[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , device, root, mount] = before.split(' ');
    const [type, source] = after.split(' ');
    if (device === undefined || root === undefined || mount === undefined) return [];
    if (type === undefined || source === undefined) return [];
    return [{ device, root: plain(root), mount: plain(mount), type, source: plain(source) }];
  });
}

/** Spaces and the like are written in octal. */
const plain = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));

async function linuxId(mount: string): Promise<string | undefined> {
  const text = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  // Of several at one place the last is seen.
  const line = parseMountInfo(text).findLast((one) => one.mount === mount);
  if (line === undefined) return undefined;
  const { device, root, type, source } = line;
  // Of a network its address tells; so does that of a folder of another machine, or of a program.
  if (/^(?:nfs|cifs|smb|9p|virtiofs|fuse)/.test(type) && !source.startsWith('/dev/'))
    return `${type} ${source} ${root}`;
  // These make the id that statfs(2) gives of their UUID; others of the number of their device, which is no help.
  if (/^(?:ext[234]|btrfs)$/.test(type)) {
    const id = await said('stat', ['-f', '-c', '%i', mount]);
    if (id !== undefined && !/^0+$/.test(id)) return `fsid ${id} ${root}`;
  }
  const uuid =
    (await linkedUuid(source)) ??
    (await udevUuid(device)) ??
    (await said('blkid', ['-s', 'UUID', '-o', 'value', source]));
  return uuid && `uuid ${uuid} ${root}`;
}

/** What a command prints; undefined where it is missing, fails or prints nothing. */
async function said(command: string, args: readonly string[]): Promise<string | undefined> {
  const { stdout } = await run(command, [...args], { timeout: 5000 }).catch(() => ({ stdout: '' }));
  const text = stdout.trim();
  return text === '' ? undefined : text;
}

const BY_UUID = '/dev/disk/by-uuid';

async function linkedUuid(source: string): Promise<string | undefined> {
  const target = await realpath(source).catch(() => undefined);
  if (target === undefined) return undefined;
  for (const uuid of await readdir(BY_UUID).catch(() => []))
    if ((await realpath(join(BY_UUID, uuid)).catch(() => undefined)) === target) return uuid;
  return undefined;
}

/** What udev found, where it made no links. */
async function udevUuid(device: string): Promise<string | undefined> {
  const text = await readFile(`/run/udev/data/b${device}`, 'utf8').catch(() => '');
  return /^E:ID_FS_UUID=(.+)$/m.exec(text)?.[1];
}
