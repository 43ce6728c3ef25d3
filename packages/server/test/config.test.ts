import { ArgumentError } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '@fr-stream/server';

describe('the configuration', () => {
  it('fills in what is not said, and counts relative paths from its own folder', () => {
    const config = parseConfig(
      'galleries: { home: { file: g.db } }\njsonl: { file: log/e.jsonl }',
      '/etc/fr/serve.yaml',
    );
    expect(config.host).toBe('127.0.0.1');
    expect(config.port).toBe(8787);
    expect(config.galleries?.['home']?.file).toBe('/etc/fr/g.db');
    expect(config.jsonl?.file).toBe('/etc/fr/log/e.jsonl');
  });

  it('takes an empty file for the defaults', () => {
    expect(parseConfig('', 'x.yaml').cameras).toEqual({});
  });

  it.each([
    ['cameras: { Door: { url: x } }', 'cameras.Door'],
    ['cameras: { door: { url: x, maxFps: 0 } }', 'cameras.door.maxFps'],
    ['cameras: { door: { url: x, zone: [] } }', 'zone'],
    ['port: 70000', 'port'],
    ['webhooks: [{ name: a, url: "ftp://x" }]', 'webhooks.0.url'],
    ['encryption: {}', 'encryption'],
    ['keys: [{ name: a, role: admin, hash: secret }]', 'keys.0.hash'],
  ])('names what is wrong in %s', (text, path) => {
    expect(() => parseConfig(text, 'x.yaml')).toThrow(ArgumentError);
    expect(() => parseConfig(text, 'x.yaml')).toThrow(path);
  });

  it('says so when it is no YAML', () => {
    expect(() => parseConfig('a: [1', 'x.yaml')).toThrow(/no YAML/);
  });
});
