import { join } from 'node:path';
import { defaultClientConditions, defineConfig } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';

/** Threads in WASM need shared memory, which browsers give to isolated pages only. */
const policy =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' blob:; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'";
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Content-Security-Policy': policy,
};
const conditions = ['@fr-stream/source', 'onnxruntime-web-use-extern-wasm', ...defaultClientConditions];

export default defineConfig(({ mode }) => ({
  base: './',
  // Made by scripts/assets.ts; nothing in it is kept in the repository.
  publicDir: 'dist/public',
  resolve: { conditions },
  worker: { format: 'es' },
  server: { headers: { ...headers, 'Content-Security-Policy': '' } },
  preview: { headers },
  build: {
    target: 'es2022',
    outDir: mode === 'test' ? 'dist/test' : 'dist/page',
    emptyOutDir: true,
    rollupOptions: {
      input: ['index.html', ...(mode === 'test' ? ['test/pages/conformance.html'] : [])].map((page) =>
        join(import.meta.dirname, page),
      ),
    },
  },
  plugins: [
    {
      // Static hosts send no headers of ours: the page itself says what it may load. (The development server needs more.)
      name: 'csp-in-page',
      apply: 'build',
      transformIndexHtml: () => [
        {
          tag: 'meta',
          attrs: { 'http-equiv': 'Content-Security-Policy', content: policy },
          injectTo: 'head-prepend',
        },
      ],
    },
    VitePWA({
      registerType: 'autoUpdate',
      injectRegister: false,
      manifest: {
        name: 'fr-stream: who is in the picture?',
        short_name: 'fr-stream',
        description: 'Tags faces in videos, photos and the webcam, on your own device.',
        display: 'standalone',
        start_url: './',
        background_color: '#10151c',
        theme_color: '#10151c',
        icons: [{ src: 'icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' }],
      },
      workbox: {
        // Whatever NODE_ENV says: tests weigh what visitors get.
        mode: 'production',
        // Runtime and models are fetched once, when the page wants them, and kept then: the runtime by this worker, the
        // models by the page itself.
        globPatterns: ['**/*.{html,js,css,svg,webmanifest}', 'models/choices.json'],
        // Two megabytes for those who have such pictures.
        globIgnores: ['**/libheif*'],
        clientsClaim: true,
        skipWaiting: true,
        runtimeCaching: [
          {
            urlPattern: ({ url }) => url.pathname.includes('/ort/') || url.pathname.includes('/libheif'),
            handler: 'CacheFirst',
            options: { cacheName: 'ort' },
          },
        ],
      },
    }),
  ],
}));
