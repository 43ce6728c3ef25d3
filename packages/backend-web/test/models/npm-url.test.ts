import { DEFAULT_CHAIN } from '@fr-stream/models';
import { expect, it } from 'vitest';
import { npmUrl } from '../../src/index.js';

it('maps files of npm packages to a CDN by rule', () => {
  expect(npmUrl('npm:left-pad@1.3.0/index.js')).toBe('https://cdn.jsdelivr.net/npm/left-pad@1.3.0/index.js');
  expect(npmUrl('npm:@scope/name@1.0.0-beta.1/a/b.onnx', 'https://unpkg.com/')).toBe(
    'https://unpkg.com/@scope/name@1.0.0-beta.1/a/b.onnx',
  );
  for (const card of Object.values(DEFAULT_CHAIN)) expect(npmUrl(card.sources[0])).toMatch(/\.onnx$/);
  for (const source of ['https://example.com/a.onnx', 'npm:name/path', 'npm:name@1.0.0']) {
    expect(() => npmUrl(source)).toThrow(/npm:package@version/);
  }
});
