/** `npm run bundle -w @fr-stream/browser`: all of the package in one file, `dist/bundle/face-tagger.js`. */
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const root = join(import.meta.dirname, '..');
const fromSource = process.argv.includes('--from-source');

const built = await rolldown({
  input: join(root, ...(fromSource ? ['src', 'face-tagger.ts'] : ['dist', 'face-tagger.js'])),
  platform: 'browser',
  plugins: [
    {
      // Fetched when a HEIC picture comes; under another licence, so that it stays a file of its own.
      name: 'libheif-beside',
      resolveId: (id) => (id.startsWith('libheif-js/') ? { id: './libheif.mjs', external: true } : undefined),
    },
    {
      // Every module of mediabunny has it: 30 times the same, 8 kB.
      name: 'each-notice-once',
      generateBundle: (_options, files) => {
        for (const file of Object.values(files)) {
          const seen = new Set();
          if (file.type !== 'chunk') continue;
          file.code = file.code.replace(/^\/\*!\n(?:\*(?!\/).*\n)+\*\/\n?/gm, (notice) => {
            const isNew = !seen.has(notice);
            seen.add(notice);
            return isNew ? notice : '';
          });
        }
      },
    },
  ],
  tsconfig: false,
  resolve: {
    // onnxruntime's glue stays beside its .wasm file: its threads start from it.
    conditionNames: [
      ...(fromSource ? ['@fr-stream/source'] : []),
      ...['onnxruntime-web-use-extern-wasm', 'module', 'browser', 'import', 'default'],
    ],
    extensionAlias: { '.js': ['.ts', '.js'] },
  },
});
await built.write({
  file: join(root, 'dist', 'bundle', 'face-tagger.js'),
  format: 'esm',
  minify: true,
  codeSplitting: false,
  comments: { legal: true, annotation: false, jsdoc: false },
});
await built.close();
