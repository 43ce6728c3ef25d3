import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashKey, type Server } from '@fr-stream/server';
import { removeFolder, startServer, tempFolder, testConfig, testEngine } from './support/compose.js';

const KEY = 'frs_the-key-of-the-door-0123456789';
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl) console.warn('No openssl is installed: the test of TLS is skipped.');

describe('a server behind a certificate or a proxy', () => {
  let folder: string;
  let engine: Awaited<ReturnType<typeof testEngine>>;
  const keys = [{ name: 'door', hash: hashKey(KEY), role: 'read' as const }];

  beforeAll(async () => {
    folder = await tempFolder();
    engine = await testEngine();
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await removeFolder(folder);
  });

  it.skipIf(!hasOpenssl)('speaks TLS with the certificate of the files, and nothing else', async () => {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const asked = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    const make = (): unknown =>
      spawnSync('openssl', ['req', '-x509', ...curve, '-nodes', '-keyout', key, '-out', cert, ...asked]);
    make();
    const config = { tls: { cert, key }, keys };
    await using server: Server = await startServer({ engine, folder, config });
    expect(server.url).toMatch(/^https:/);
    const first = await readFile(cert);
    const ask = (path: string, body?: string, ca = first) =>
      new Promise<{ status: number; headers: NodeJS.Dict<string | string[]> }>((resolve, reject) => {
        const sent = request(
          server.url + path,
          {
            ca,
            agent: false,
            method: body === undefined ? 'GET' : 'POST',
            headers: { 'content-type': 'application/json' },
          },
          (answer) => {
            answer.resume();
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers });
          },
        );
        sent.on('error', reject).end(body);
      });
    const health = await ask('/api/health');
    expect(health.status).toBe(200);
    expect(health.headers['strict-transport-security']).toMatch(/max-age=\d+/);
    const session = await ask('/api/session', JSON.stringify({ key: KEY }));
    expect(String(session.headers['set-cookie'])).toMatch(/Secure/);
    await expect(fetch(server.url.replace('https', 'http'))).rejects.toThrow();
    // Nobody has vouched for the certificate.
    await expect(fetch(`${server.url}/api/health`)).rejects.toThrow();

    // Renewed, as certificates are; and a broken one changes nothing.
    make();
    await server.reload(testConfig(folder, config));
    await expect(ask('/api/health')).rejects.toThrow();
    const second = await readFile(cert);
    expect((await ask('/api/health', undefined, second)).status).toBe(200);
    await writeFile(cert, 'no certificate');
    await expect(server.reload(testConfig(folder, config))).rejects.toThrow(/tls/);
    expect((await ask('/api/health', undefined, second)).status).toBe(200);
  });

  it('tells clients apart by what a proxy says of them only if the proxy is trusted', async () => {
    const statuses = async (trustProxy: boolean): Promise<number[]> => {
      await using server: Server = await startServer({
        engine,
        folder,
        config: { keys, trustProxy, limits: { requestsPerMinute: 2 } },
      });
      const found: number[] = [];
      for (const client of ['203.0.113.1', '203.0.113.1', '203.0.113.1', '203.0.113.2']) {
        const headers = { authorization: `Bearer ${KEY}`, 'x-forwarded-for': client };
        found.push((await fetch(`${server.url}/api/galleries`, { headers })).status);
      }
      return found;
    };
    expect(await statuses(true)).toEqual([200, 200, 429, 200]);
    expect(await statuses(false)).toEqual([200, 200, 429, 429]);
  });
});
