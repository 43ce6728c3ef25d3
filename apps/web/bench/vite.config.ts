import { join } from 'node:path';
import { defaultClientConditions, defineConfig } from 'vite';

const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** The page of run.ts: all contenders get an isolated page, so that each may use threads. */
export default defineConfig({
  root: import.meta.dirname,
  publicDir: join(import.meta.dirname, '..', 'dist', 'public'),
  resolve: {
    conditions: ['@fr-stream/source', 'onnxruntime-web-use-extern-wasm', ...defaultClientConditions],
  },
  worker: { format: 'es' },
  preview: { headers },
  build: {
    target: 'es2022',
    // tfjs makes its thread workers of its functions' source text, which minifying would break.
    minify: false,
    outDir: join(import.meta.dirname, '..', 'dist', 'bench'),
    emptyOutDir: true,
    chunkSizeWarningLimit: 5000,
  },
});
