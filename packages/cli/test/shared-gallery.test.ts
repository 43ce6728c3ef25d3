import { spawn, type ChildProcess } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { AssetCache } from '@fr-stream/backend-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  NOT_INSTALLED,
  postgresInstalled,
  startPostgres,
  type TestServer,
} from '../../postgres/test/support/postgres-server.js';
import { DEMO_ASSETS } from '../src/demo/assets.js';
import { BIN, runCli, type CliResult } from './run-cli.js';

/** Ids of people are random, and of two processes either numbers a stranger first. */
const plain = (text: string): string =>
  text.replace(/unknown-\d+/g, 'unknown').replace(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, 'id');

const PASSWORD = 'not-for-your-eyes';

describe.skipIf(!postgresInstalled)(
  postgresInstalled ? 'a gallery in a PostgreSQL database' : NOT_INSTALLED,
  () => {
    let folder: string;
    let server: TestServer;
    let url: string;
    const children: ChildProcess[] = [];
    const at = (name: string): string => join(folder, name);
    const env = () => ({ XDG_DATA_HOME: at('home') });
    /** A command on the database; what it says never holds the password. */
    const shared = async (...args: readonly string[]): Promise<CliResult> => {
      const result = await runCli([...args, '--gallery', url], { env: env() });
      expect(result.stdout + result.stderr).not.toContain(PASSWORD);
      return result;
    };
    const local = (...args: readonly string[]): Promise<CliResult> =>
      runCli([...args, '--gallery', at('local.db')], { env: env() });

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'fr-stream-shared-'));
      server = await startPostgres();
      url = `${server.url('family')}&password=${PASSWORD}`;
      const { franckStill1, franckStill2, franckStill3, strangers } = DEMO_ASSETS;
      await mkdir(at('photos'));
      const files = await new AssetCache().fetchAll([franckStill1, franckStill2, franckStill3, strangers]);
      for (const [i, file] of files.entries()) await cp(file, at(`photos/${i}.jpg`));
    });
    afterAll(async () => {
      for (const child of children) child.kill('SIGKILL');
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    it('is told of by doctor: version, how faces are searched, migrations', async () => {
      const { stdout } = await shared('doctor');
      const line = stdout.split('\n').find((one) => / gallery {2}/.test(one)) ?? '';
      expect(line).toMatch(/^ok .*PostgreSQL \d+\.\d+; .*pgvector.*migration (\d+) of \1; 0 people$/);
    });

    it('holds what a file would, though two processes search the same photos at once', async () => {
      for (const run of [shared, local])
        expect((await run('enroll', 'Franck', at('photos/0.jpg'), '-q')).code).toBe(0);
      const photos = ['photos', at('photos'), '-q', '--no-report'];
      const both = await Promise.all([
        shared(...photos, '--csv', at('one.csv')),
        shared(...photos, '--csv', at('two.csv')),
      ]);
      expect(both.map(({ code }) => code)).toEqual([0, 0]);
      expect((await local(...photos, '--csv', at('local.csv'))).code).toBe(0);
      // Strangers are numbered in the order in which they are met: of two processes, by either.
      const rows = async (name: string) => plain(await readFile(at(name), 'utf8'));
      expect(await rows('one.csv')).toBe(await rows('local.csv'));
      expect(await rows('two.csv')).toBe(await rows('local.csv'));

      const where = async (run: typeof shared) => plain((await run('where', 'Franck', '--json')).stdout);
      expect(await where(shared)).toBe(await where(local));
      expect(await where(local)).toContain('photos/2.jpg');
      expect((await shared('cluster')).code).toBe(0);
      const { people } = JSON.parse((await shared('gallery', 'list', '--json')).stdout) as {
        readonly people: readonly { readonly name: string; readonly faces: number }[];
      };
      // What was enrolled of him and the faces of three photos; the four women are four.
      expect(people.map(({ name, faces }) => [name, faces])).toEqual([['Franck', 4]]);
    });

    it('tells a server at once what another process changes', async () => {
      const args = ['serve', '--gallery', url, '--data', at('server'), '--port', '0'];
      const child = spawn(process.execPath, [BIN, ...args], {
        env: { ...process.env, ...env() },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      children.push(child);
      let said = '';
      child.stderr.on('data', (text: Buffer) => (said += text.toString()));
      const address = await new Promise<string>((resolve, reject) => {
        child.stdout.once('data', (text: Buffer) => resolve(text.toString().trim()));
        child.once('exit', () => reject(new Error(said)));
      });
      const names = async (): Promise<readonly string[]> => {
        const answer = (await (await fetch(new URL('/api/people', address))).json()) as {
          readonly people: readonly { readonly name: string }[];
        };
        return answer.people.map(({ name }) => name);
      };
      expect(await names()).toContain('Franck');
      expect((await shared('gallery', 'rename', 'Franck', 'François')).code).toBe(0);
      while (!(await names()).includes('François')) await setTimeout(50);
      expect(await names()).not.toContain('Franck');
      expect(said).not.toContain(PASSWORD);
      child.kill('SIGTERM');
    });

    it('names who is in a video', async () => {
      const video = await new AssetCache().fetchAll([DEMO_ASSETS.franck]);
      const tagged = await shared('tag', video[0] ?? '', '--duration', '1', '--csv', '-', '-q');
      expect([tagged.code, tagged.stderr]).toEqual([0, '']);
      expect(tagged.stdout).toContain(',known,François,');
    });

    it('is no file: what is done to files is refused, and cut-outs have one gallery', async () => {
      const backup = await shared('library', 'backup', at('backup.tar'));
      expect([backup.code, backup.stderr]).toEqual([2, expect.stringContaining('is a database')]);
      const databases = at('home/fr-stream/databases');
      const [faces = ''] = await readdir(databases);
      const taken = await local('photos', at('photos'), '-q', '--faces', join(databases, faces));
      expect([taken.code, taken.stderr]).toEqual([2, expect.stringContaining('another gallery')]);
    });

    it('that cannot be reached is told so, without the password', async () => {
      const { code, stderr } = await runCli([
        'gallery',
        'list',
        '-g',
        `postgres://me:${PASSWORD}@127.0.0.1:1/faces`,
      ]);
      expect([code, stderr]).toEqual([7, expect.stringContaining('no PostgreSQL server answers there')]);
      expect(stderr).not.toContain(PASSWORD);
    });
  },
);
