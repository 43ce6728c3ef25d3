import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '..', '..');

/** Packages whose surface is kept: all that are published with types of their own. */
export const REPORTED = [
  'models',
  'packages/backend-node',
  'packages/backend-web',
  'packages/browser',
  'packages/cli',
  'packages/cluster',
  'packages/convert',
  'packages/core',
  'packages/engine',
  'packages/library',
  'packages/model-files',
  'packages/people-ui',
  'packages/postgres',
  'packages/server',
  'packages/stream',
] as const;

/** Where the report lies in its package. */
export const REPORT_NAME = 'api.md';

export function reportPath(folder: string): string {
  return join(ROOT, folder, REPORT_NAME);
}

interface Entry {
  /** What one imports: `@fr-stream/core/tracking`. */
  readonly name: string;
  readonly file: string;
}

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly types?: string }>>;
}

/** The entry points of a package, by its `exports`; the files are those that `npm run build` makes. */
async function entriesOf(folder: string): Promise<readonly Entry[]> {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
  return Object.entries(manifest.exports).flatMap(([path, target]) =>
    typeof target === 'string' || target.types === undefined
      ? []
      : [{ name: manifest.name + path.slice(1), file: join(folder, target.types) }],
  );
}

const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });

/**
 * The compiler writes the members of inferred enumerations in the order in which it met their literals, which hangs on what
 * it compiled before in the same run.
 */
function inOneOrder(text: string): string {
  return text
    .replaceAll(/(?:^ +(?:"[^"\n]+"|[\w$]+): "[^"\n]*";\n){2,}/gm, (members) =>
      members
        .split(/(?<=\n)/)
        .sort(byName)
        .join(''),
    )
    .replaceAll(/"[^"\n]*"(?: \| "[^"\n]*")+/g, (union) => union.split(' | ').sort(byName).join(' | '));
}

/** A declaration as it stands in the built types, without comments and private fields. */
function declarationText(node: ts.Declaration): string {
  const statement = ts.isVariableDeclaration(node) ? node.parent.parent : node;
  const text = printer
    .printNode(ts.EmitHint.Unspecified, statement, node.getSourceFile())
    .replaceAll(/^ +#private;\n/gm, '')
    .replaceAll(/\bexport declare /g, '')
    .replaceAll(/^export /gm, '');
  return inOneOrder(text);
}

function byName(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** Exported for the other packages of this repository, and for nobody else. */
function isInternal(symbol: ts.Symbol): boolean {
  return symbol.getJsDocTags().some(({ name }) => name === 'internal');
}

/**
 * The public surfaces of packages as text: which names each entry point exports, and their declarations. They are kept in
 * the repository, so that a change of the surface is seen in review, and a test compares. Names marked `@internal` are
 * left out.
 * @param folders of the packages, built.
 * @returns the reports, in the order of the folders.
 * @throws Error when one is not built.
 */
export async function apiReports(folders: readonly string[]): Promise<readonly string[]> {
  const packages = await Promise.all(folders.map((folder) => entriesOf(join(ROOT, folder))));
  // One program for all: they share nearly all of their files.
  const program = ts.createProgram({
    rootNames: packages.flat().map(({ file }) => file),
    options: {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
      skipLibCheck: true,
      types: [],
    },
  });
  const checker = program.getTypeChecker();
  return packages.map((entries, i) => {
    const declarations = new Map<string, string>();
    const sections = entries.map(({ name, file }) => {
      const source = program.getSourceFile(file);
      const module = source && checker.getSymbolAtLocation(source);
      if (module === undefined) throw new Error(`${file} is missing: run \`npm run build\` first.`);
      const names = checker.getExportsOfModule(module).flatMap((exported) => {
        const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
        if (isInternal(symbol)) return [];
        const texts = new Set((symbol.declarations ?? []).map(declarationText));
        declarations.set(exported.name, [...texts].join('\n'));
        return [exported.name];
      });
      return `## ${name}\n\n${names.sort(byName).join('\n')}`;
    });
    const all = [...declarations].sort(([a], [b]) => byName(a, b)).map(([, text]) => text);
    const title = `# The public surface of ${entries[0]?.name ?? folders[i] ?? ''}`;
    const note =
      'Made by `npm run api`; a test compares. What is not named here is internal and changes freely.';
    return [title, note, ...sections, '## Declarations', `\`\`\`ts\n${all.join('\n')}\n\`\`\``, ''].join(
      '\n\n',
    );
  });
}
