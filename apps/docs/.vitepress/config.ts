import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const REPOSITORY = 'https://github.com/fr-stream/fr-stream';

/** Pages of the site, where they lie in the repository. Links between them are checked by VitePress. */
const isPage = (path: string): boolean =>
  /^(?:README|ARCHITECTURE|CONTRIBUTING)\.md$|^docs\/[^/]+\.md$|^(?:packages\/[^/]+|models)\/README\.md$|^apps\/docs\/api\//.test(
    path,
  );

/**
 * Where a link of a page leads: to a page, to a place elsewhere, or to a file of the repository that is no page.
 * @throws Error when there is no such file: a dead link ends the build.
 */
function target(href: string, page: string): string {
  if (/^(?:[a-z]+:|#|\/\/)/i.test(href)) return href;
  const [path, hash = ''] = href.split('#');
  const absolute = join(path.startsWith('/') ? root : dirname(page), decodeURIComponent(path));
  if (!existsSync(absolute)) throw new Error(`${relative(root, page)}: dead link to ${href}`);
  const name = relative(root, absolute);
  if (isPage(name)) return href;
  if (isPage(join(name, 'README.md')) && existsSync(join(absolute, 'README.md'))) {
    return `/${join(name, 'README.md')}${hash === '' ? '' : `#${hash}`}`;
  }
  return `${REPOSITORY}/${statSync(absolute).isDirectory() ? 'tree' : 'blob'}/main/${name}`;
}

export default defineConfig({
  title: 'fr-stream',
  description: 'Who is where, in your videos, cameras and photos. On your own machine.',
  srcDir: '../..',
  outDir: '../../.cache/docs',
  cacheDir: '../../.cache/vitepress',
  srcExclude: [
    '**/node_modules/**',
    '**/dist/**',
    '.cache/**',
    '.changeset/**',
    'examples/**',
    'tools/**',
    'apps/web/**',
    '**/CHANGELOG.md',
    '**/test/**',
  ],
  rewrites: {
    'README.md': 'index.md',
    'packages/:name/README.md': 'packages/:name/index.md',
    'models/README.md': 'models/index.md',
    'apps/docs/api/:rest*': 'api/:rest*',
  },
  vite: { publicDir: false },
  markdown: {
    // Angle brackets in prose are names of arguments, not elements.
    html: false,
    config(md) {
      const rule = md.core.ruler;
      rule.push('repository-links', ({ tokens, env }) => {
        const { path } = env as { path?: string };
        // VitePress checks the links between the pages that TypeDoc makes.
        if (path === undefined || /^(?:apps\/docs\/)?api\//.test(relative(root, path))) return;
        for (const token of tokens.flatMap(({ children }) => children ?? [])) {
          const href = token.type === 'link_open' ? token.attrGet('href') : null;
          if (href !== null) token.attrSet('href', target(href, path));
        }
      });
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    nav: [
      { text: 'Guide', link: '/' },
      { text: 'Architecture', link: '/ARCHITECTURE' },
      { text: 'API', link: '/api/' },
    ],
    sidebar: [
      {
        text: 'Using it',
        items: [
          { text: 'fr-stream', link: '/' },
          { text: 'People', link: '/docs/people' },
          { text: 'Photos', link: '/docs/photos' },
          { text: 'Library', link: '/docs/library' },
          { text: 'Cameras and API', link: '/docs/server' },
          { text: 'Many machines', link: '/docs/scale' },
          { text: 'Outputs', link: '/docs/outputs' },
          { text: 'Tracking', link: '/docs/tracking' },
          { text: 'Profiles', link: '/docs/profiles' },
          { text: 'Speed', link: '/docs/speed' },
          { text: 'Reliability', link: '/docs/reliability' },
          { text: 'Where it runs', link: '/docs/platforms' },
          { text: 'Models', link: '/models/' },
        ],
      },
      {
        text: 'Building on it',
        items: [
          { text: 'Architecture', link: '/ARCHITECTURE' },
          { text: 'Contributing', link: '/CONTRIBUTING' },
          ...[
            'core',
            'engine',
            'stream',
            'backend-node',
            'backend-web',
            'library',
            'server',
            'postgres',
            'cluster',
            'model-files',
            'convert',
            'cli',
          ].map((name) => ({ text: name, link: `/packages/${name}/` })),
          { text: 'API', link: '/api/' },
        ],
      },
    ],
    socialLinks: [{ icon: 'github', link: REPOSITORY }],
  },
});
