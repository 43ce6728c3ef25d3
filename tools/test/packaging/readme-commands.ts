import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NodeModelStore } from '@fr-stream/backend-node';
import { findCard } from '@fr-stream/models';
import { findFfmpeg } from '@fr-stream/stream';
import sharp from 'sharp';
import { zipOf } from '../../torture/zip.js';
import { longVideo } from '../../library-story/material.js';
import { manPhotos, womenPhoto } from '../../torture/seeds.js';

const run = promisify(execFile);

/** What a camera or a browser on the machine would have to be there for; other tests run these. */
const ELSEWHERE = /rtsp:|\/dev\/video|^fr-stream people\b|^fr-stream (?:serve|worker)\b/;

/** The commands of a Markdown file's shell blocks, in order, without their comments. */
export function commandsOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/```sh\n([\s\S]*?)```/g)]
    .flatMap(([, block = '']) => block.split('\n'))
    .map((line) => line.replace(/ +#.*$/, '').trim())
    .filter((line) => /^(?:npx )?fr-stream /.test(line) && !ELSEWHERE.test(line));
}

/** The files that the README's commands name, real pictures and a real video, in a folder that is also a home. */
export async function prepareHome(home: string): Promise<void> {
  const [[one, two, three], women, video] = await Promise.all([manPhotos(), womenPhoto(), longVideo()]);
  if (!one || !two || !three) throw new Error('A sample is missing.');
  const at = (...parts: string[]): string => join(home, ...parts);
  for (const folder of ['people/Bob', 'photos', 'scans', 'Pictures', 'Videos'])
    await mkdir(at(folder), { recursive: true });
  const { width = 0, height = 0 } = await sharp(women).metadata();
  const bob = sharp(women).extract({ left: 0, top: 0, width: Math.floor(width / 3), height });
  await bob.toFile(at('people/Bob/b.jpg'));
  for (const name of ['ada1.jpg', 'a.jpg', 'Pictures/ada.jpg']) await copyFile(one, at(name));
  for (const name of ['ada2.jpg', 'b.jpg', 'somebody.jpg']) await copyFile(two, at(name));
  await copyFile(three, at('scans/scan.jpg'));
  for (const name of ['photos/group.jpg', 'Pictures/group.jpg']) await copyFile(women, at(name));
  await sharp(women).resize(900).toFile(at('photos/small.jpg'));
  const { path: ffmpeg } = await findFfmpeg();
  const cut = ['-v', 'error', '-ss', '5', '-t', '2', '-i', video, '-c:v', 'libx264', '-c:a', 'aac'];
  for (const name of ['party.mp4', 'talk.mp4', 'party.mkv', 'Videos/party.mp4'])
    await run(ffmpeg, [...cut, at(name)]);
  const member = { name: 'h.jpg', bytes: await readFile(at('photos/small.jpg')) };
  await writeFile(at('holiday.zip'), zipOf([member]));
  await writeFile(at('my_model.onnx'), await new NodeModelStore().bytes(findCard('ultraface-rfb-320')));
}

export interface RunCommand {
  readonly line: string;
  readonly status: number;
  readonly output: string;
}

/** Runs each line in a shell as a user would who has installed the command. */
export async function runCommands(
  lines: readonly string[],
  home: string,
  env: NodeJS.ProcessEnv,
): Promise<readonly RunCommand[]> {
  const { XDG_CACHE_HOME = join(homedir(), '.cache') } = process.env;
  const { XDG_DATA_HOME: _, ...inherited } = env;
  const own = { ...inherited, HOME: home, XDG_CACHE_HOME };
  const results: RunCommand[] = [];
  for (const line of lines) {
    const { status, output } = await run('sh', ['-c', line], { cwd: home, env: own }).then(
      ({ stdout, stderr }) => ({ status: 0, output: stdout + stderr }),
      (error: { code?: number; stdout?: string; stderr?: string; message: string }) => ({
        status: error.code ?? -1,
        output: `${error.stdout ?? ''}${error.stderr ?? error.message}`,
      }),
    );
    results.push({ line, status, output });
  }
  return results;
}
