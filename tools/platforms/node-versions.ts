import { execFile } from 'node:child_process';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A Node to try things with. */
export interface TriedNode {
  /** As asked for: `20.20`, `22`. */
  readonly asked: string;
  readonly version: string;
  /** Absolute. */
  readonly binary: string;
  /** Folder with `include/node`, for compiling addons; undefined where the machine's own is found by itself. */
  readonly headers?: string;
}

const run = promisify(execFile);

const npmCli = async (): Promise<string> => {
  const { stdout } = await run('npm', ['root', '--global']);
  return join(stdout.trim(), 'npm', 'bin', 'npm-cli.js');
};

let cli: Promise<string> | undefined;
/** The npm of this machine, to be run by any Node. */
export async function npmOfMachine(): Promise<string> {
  cli ??= npmCli();
  return await cli;
}

/**
 * The Node of this process where its version begins with what is asked for, else one from the npm registry, which has
 * binaries and headers in packages by platform; kept under `.cache`.
 * @param asked such as `20.20` or `24`.
 */
export async function findNode(asked: string): Promise<TriedNode> {
  const own = process.versions.node;
  if (own === asked || own.startsWith(`${asked}.`)) return { asked, version: own, binary: process.execPath };
  const folder = join(ROOT, '.cache', 'nodes', asked);
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const headers = join(folder, 'node_modules', `node-${platform}-${process.arch}`);
  const binary = join(headers, 'bin', 'node');
  const there = await access(binary).then(
    () => true,
    () => false,
  );
  if (!there) {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
    const spec = `node-${platform}-${process.arch}@${asked}`;
    await run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--prefer-offline', spec], {
      cwd: folder,
    });
  }
  const { stdout } = await run(binary, ['--version']);
  return { asked, version: stdout.trim().slice(1), binary, headers };
}

/** Whether galleries use its own SQLite, so that nothing needs to be compiled. */
export function needsNoCompiler({ version }: TriedNode): boolean {
  const [major, minor] = version.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 13);
}

/** What an installation may use besides Node and npm: no compiler, no make, no Python, no ffmpeg. */
const TOOLS = ['sh', 'env', 'cat', 'chmod', 'dirname', 'basename', 'ls', 'mkdir', 'rm', 'sed', 'uname'];

/**
 * An environment in which commands are run by one Node.
 * @param folder for the programs that may be found; made.
 * @param compiler false: PATH holds Node, npm and a few small tools, and nothing else.
 */
export async function environment(
  node: TriedNode,
  folder: string,
  { compiler }: { readonly compiler: boolean },
): Promise<NodeJS.ProcessEnv> {
  await mkdir(folder, { recursive: true });
  const npm = `#!/bin/sh\nexec "${node.binary}" "${await npmOfMachine()}" "$@"\n`;
  await writeFile(join(folder, 'npm'), npm, { mode: 0o755 });
  await writeFile(join(folder, 'node'), `#!/bin/sh\nexec "${node.binary}" "$@"\n`, { mode: 0o755 });
  if (!compiler) {
    for (const tool of TOOLS) {
      const { stdout } = await run('sh', ['-c', `command -v ${tool}`]);
      await writeFile(join(folder, tool), `#!/bin/sh\nexec ${stdout.trim()} "$@"\n`, { mode: 0o755 });
    }
  }
  // Certificates, proxies and npm's settings of this machine hold there too; what names a compiler does not.
  const { PATH = '', ...inherited } = process.env;
  for (const name of ['CC', 'CXX', 'PYTHON', 'NODE_OPTIONS']) delete inherited[name];
  return {
    ...inherited,
    PATH: compiler ? `${folder}:${dirname(process.execPath)}:${PATH}` : folder,
    // Without it the script of onnxruntime-node fetches CUDA libraries from a host of its own.
    ONNXRUNTIME_NODE_INSTALL: 'skip',
    ...(node.headers !== undefined && { npm_config_nodedir: node.headers }),
  };
}
