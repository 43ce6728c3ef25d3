import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Command } from '@commander-js/extra-typings';
import { markdownTable } from 'markdown-table';
import { environment, findNode, needsNoCompiler, ROOT, type TriedNode } from './node-versions.js';
import { installCommand, packAll, weigh, type PackedPackage } from './packed.js';

const run = promisify(execFile);
const MB = 2 ** 20;
const MOST_OUTPUT = 64 * MB;

/** Every package whose code calls native code: inference, pictures, databases, indexes, ffmpeg. */
const PROJECTS: string[] = ['backend-node', 'convert', 'stream', 'engine', 'server', 'cli'];
/** The tests in which native code is called most directly. */
const QUICK = [
  ...['sqlite', 'gallery', 'codec', 'ort', 'threads'].map((name) => `backend-node/test/${name}`),
  ...['stream/test/conformance', 'stream/test/ffmpeg', 'engine/test', 'server/test/access'],
].map((path) => `packages/${path}`);
const program = new Command('platforms')
  .description(
    'Tries supported versions of Node: installs the packed command (without a compiler where none is needed), runs the demo and doctor, ' +
      'installs this repository from its lockfile, and runs the tests of all packages that call native code. ' +
      'Prints one Markdown table, and puts it into docs/platforms.md.',
  )
  .option('--node <version...>', 'these only', ['20.20', '22', '24', '26'])
  .option('--project <name...>', 'whose tests', PROJECTS)
  .option(
    '--quick',
    'for CI: the most direct tests only, in this checkout (`npm test` installs the packed command); writes nothing',
  );

interface Row {
  readonly node: string;
  readonly cells: Readonly<Record<string, string>>;
  readonly ok: boolean;
}

/** @returns how it went, as a cell of the table; what went wrong goes to standard error. */
async function attempt(what: string, action: () => Promise<string>): Promise<string> {
  process.stderr.write(`${what} ...\n`);
  try {
    return await action();
  } catch (error) {
    const { message, stdout = '', stderr = '' } = error as Error & { stdout?: string; stderr?: string };
    process.stderr.write(`${message.slice(0, 2000)}\n${stdout.slice(-4000)}\n${stderr.slice(-4000)}\n`);
    return 'FAILED';
  }
}

async function tryPacked(
  node: TriedNode,
  folder: string,
  packed: readonly PackedPackage[],
): Promise<Record<string, string>> {
  const compiler = !needsNoCompiler(node);
  const env = await environment(node, join(folder, 'bin'), { compiler });
  const app = join(folder, 'app');
  const command = async (...args: string[]) =>
    await run('node', [join(app, 'node_modules/fr-stream/bin/fr-stream.js'), ...args], {
      cwd: app,
      env,
      maxBuffer: MOST_OUTPUT,
    });
  return {
    compiler: compiler ? 'needed' : 'none',
    installed: await attempt(`Node ${node.version}: install the packed command`, async () => {
      await installCommand(app, packed, env);
      const bytes = (await weigh(app)).reduce((sum, part) => sum + part.bytes, 0);
      return `${Math.round(bytes / MB)} MB`;
    }),
    demo: await attempt(`Node ${node.version}: demo`, async () => {
      const { stdout } = await command('demo');
      if (!/Alex +00:00.000-00:11.9/.test(stdout))
        throw new Error(`The demo does not find Alex all the time:\n${stdout}`);
      return 'ok';
    }),
    doctor: await attempt(`Node ${node.version}: doctor`, async () => {
      const { stdout } = await command('doctor', '--json', '--gallery', join(app, 'gallery.db'));
      const { checks } = JSON.parse(stdout) as { checks: { name: string; detail: string }[] };
      const detail = (of: string) => checks.find(({ name }) => name === of)?.detail ?? '';
      const index = detail('index').includes('hnswlib) works') ? 'hnswlib' : 'built-in index';
      return `${/\((.*)\)/.exec(detail('database'))?.[1] ?? '?'}, ${index}`;
    }),
  };
}

const projectsOf = (names: readonly string[]): string[] => names.flatMap((name) => ['--project', name]);

async function tests(
  node: TriedNode,
  checkout: string,
  env: NodeJS.ProcessEnv,
  args: string[],
): Promise<string> {
  return await attempt(`Node ${node.version}: tests`, async () => {
    const vitest = join(checkout, 'node_modules/vitest/vitest.mjs');
    // The same tests as `npm test`; on a busy machine they take longer than they do alone.
    const { stdout } = await run(node.binary, [vitest, 'run', '--testTimeout=300000', ...args], {
      cwd: checkout,
      env: { ...env, PATH: `${process.env.PATH ?? ''}` },
      maxBuffer: MOST_OUTPUT,
    });
    return /(\d+) passed, 0 failed/.exec(stdout)?.[1] ?? 'FAILED';
  });
}

/** @param packed undefined: only the most direct tests, in this checkout. */
async function tryNode(asked: string, packed: readonly PackedPackage[] | undefined): Promise<Row> {
  const node = await findNode(asked);
  const cells: Record<string, string> = {};
  if (packed === undefined) {
    cells.tests = await tests(node, ROOT, process.env, [...projectsOf(PROJECTS), ...QUICK]);
  } else {
    const folder = await mkdtemp(join(tmpdir(), 'fr-stream-platform-'));
    try {
      Object.assign(cells, await tryPacked(node, folder, packed));
      const checkout = join(folder, 'clone');
      const env = await environment(node, join(folder, 'bin-clone'), { compiler: !needsNoCompiler(node) });
      cells.lockfile = await attempt(`Node ${node.version}: npm ci`, async () => {
        await run('git', ['clone', '-q', '--depth', '1', `file://${ROOT}`, checkout]);
        // Its `prepare` script builds everything.
        await run('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline'], {
          cwd: checkout,
          env,
          maxBuffer: MOST_OUTPUT,
        });
        return 'ok';
      });
      cells.tests = await tests(node, checkout, env, projectsOf(options.project));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return { node: node.version, cells, ok: !Object.values(cells).includes('FAILED') };
}

const BEGIN = '<!-- begin: npm run platforms -->';
const END = '<!-- end -->';

async function writeTable(table: string): Promise<void> {
  const path = join(ROOT, 'docs/platforms.md');
  const text = await readFile(path, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest.split(END)[1];
  await writeFile(path, `${before}${BEGIN}\n\n${table}\n\n${END}${after}`);
}

const options = program.parse().opts();
const quick = options.quick === true;
const folder = await mkdtemp(join(tmpdir(), 'fr-stream-packed-'));
try {
  const packed = quick ? undefined : await packAll(folder);
  const rows: Row[] = [];
  const columns = [
    ...(quick
      ? []
      : ([
          ['compiler', 'compiler'],
          ['installed', 'packed command'],
          ['demo', 'demo'],
          ['doctor', 'doctor finds'],
          ['lockfile', '`npm ci` and build'],
        ] as const)),
    ['tests', `tests passed: ${quick ? 'the most direct ones' : options.project.join(', ')}`],
  ] as const;
  const head = ['Node', ...columns.map(([, title]) => title)];
  const tableOf = (): string =>
    markdownTable([
      head,
      ...rows.map(({ node, cells }) => [node, ...columns.map(([key]) => cells[key] ?? '')]),
    ]);
  for (const asked of options.node) {
    rows.push(await tryNode(asked, packed));
    if (!quick) await writeTable(tableOf());
  }
  process.stdout.write(`${tableOf()}\n`);
  if (rows.some(({ ok }) => !ok)) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
