import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { hashKey, KeyStore, openServerDatabase, type Server } from '@fr-stream/server';
import { openTenant, removeFolder, samples, startServer, tempFolder, testEngine } from './support/compose.js';

/**
 * Every route against every role, and what belongs to one gallery against a key of another. The list of routes comes
 * from the server itself, so that a new one cannot be forgotten.
 */

const ROLES = ['none', 'read', 'tag', 'admin'] as const;
type Who = (typeof ROLES)[number];

/** What each route takes; one that is not here fails the test. */
const ACCESS: Readonly<Record<string, Who>> = {
  'GET /api/session': 'none',
  'POST /api/session': 'none',
  'DELETE /api/session': 'read',
  'GET /api/health': 'none',
  'GET /api/ready': 'none',
  'GET /api/metrics': 'read',
  'GET /api/galleries': 'read',
  'POST /api/detect': 'read',
  'POST /api/recognise': 'read',
  'POST /api/search': 'read',
  'POST /api/verify': 'read',
  'POST /api/compare': 'read',
  'GET /api/people': 'read',
  'GET /api/people/{id}': 'read',
  'GET /api/faces/{face}/picture': 'read',
  'POST /api/people': 'tag',
  'PATCH /api/people/{id}': 'tag',
  'DELETE /api/people/{id}': 'admin',
  'POST /api/people/merge': 'tag',
  'POST /api/people/{id}/split': 'tag',
  'POST /api/people/{id}/not': 'tag',
  'POST /api/faces/{face}/move': 'tag',
  'GET /api/people/suggestions': 'read',
  'GET /api/people/history': 'read',
  'POST /api/people/undo': 'tag',
  'GET /api/library/where': 'read',
  'GET /api/events': 'read',
  'GET /api/events/{id}': 'read',
  'GET /api/events/{id}/snapshot.jpg': 'read',
  'GET /api/events/{id}/best.jpg': 'read',
  'GET /api/events/stream': 'read',
  'GET /api/cameras': 'read',
  'GET /api/cameras/{id}': 'read',
  'PUT /api/cameras/{id}': 'admin',
  'DELETE /api/cameras/{id}': 'admin',
  'POST /api/cameras/test': 'admin',
  'GET /api/cameras/{id}/recordings': 'read',
  'GET /api/cameras/{id}/recordings/{name}': 'read',
  'GET /api/cameras/{id}/live.mjpeg': 'read',
  'POST /api/uploads': 'tag',
  'GET /api/queue': 'admin',
  'POST /api/queue/retry': 'admin',
  'POST /api/jobs': 'tag',
  'GET /api/jobs': 'read',
  'GET /api/jobs/{id}': 'read',
  'GET /api/jobs/{id}/result': 'read',
  'DELETE /api/jobs/{id}': 'tag',
};

const NOBODY = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const keyOf = (role: string, gallery = ''): string => `frs_${role}${gallery}_0123456789`;

/** The header of a PNG of 2^31-1 by 2^31-1 pixels, and nothing after it. */
function hugePng(): Buffer {
  const header = Buffer.from('89504e470d0a1a0a0000000d494844527fffffff7fffffff08000000009bf1a3d4', 'hex');
  return Buffer.concat([header, Buffer.alloc(100)]);
}

describe('who may', () => {
  let engine: Awaited<ReturnType<typeof testEngine>>;
  let server: Server;
  let folder: string;
  let routes: string[];
  const ask = (path: string, key: string | undefined, init: RequestInit = {}) =>
    fetch(server.url + path, {
      ...init,
      headers: { ...(key !== undefined && { authorization: `Bearer ${key}` }), ...init.headers },
    });
  const send = async (route: string, key: string | undefined, query = '', body: object = {}) => {
    const [method = '', template = ''] = route.split(' ');
    const path = template
      .replace('{id}', template.includes('/cameras/') ? 'nocamera' : NOBODY)
      .replace('{face}', 'noface')
      .replace('{name}', '2026-01-01_00-00-00.mp4');
    const writes = method !== 'GET' && method !== 'DELETE';
    const answer = await ask(path + query, key, {
      method,
      ...(writes && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      signal: AbortSignal.timeout(20_000),
    });
    await answer.body?.cancel();
    return answer.status;
  };

  beforeAll(async () => {
    engine = await testEngine();
    folder = await tempFolder();
    const keys = (['read', 'tag', 'admin'] as const).flatMap((role) => [
      { name: role, role, hash: hashKey(keyOf(role)) },
      ...['home', 'shop'].map((gallery) => ({
        name: `${role}-${gallery}`,
        role,
        galleries: [gallery],
        hash: hashKey(keyOf(role, gallery)),
      })),
    ]);
    server = await startServer({
      engine,
      folder,
      config: { keys, limits: { requestsPerMinute: 100_000 } },
    });
    const api = (await (await ask('/api/openapi.json', keyOf('read'))).json()) as {
      openapi: string;
      paths: Record<string, Record<string, unknown>>;
    };
    expect(api.openapi).toBe('3.1.0');
    routes = Object.entries(api.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
    await removeFolder(folder);
  });

  it('knows of every route what it takes', () => {
    expect(new Set(routes)).toEqual(new Set(Object.keys(ACCESS)));
  });

  it('lets through who has the role, and nobody else', async () => {
    for (const route of routes) {
      const wanted = ROLES.indexOf(ACCESS[route] ?? 'admin');
      const nobody = await send(route, undefined);
      if (wanted === 0 && route !== 'GET /api/session') expect(nobody, `${route}, nobody`).not.toBe(403);
      else expect(nobody, `${route}, nobody`).toBe(401);
      expect(await send(route, 'frs_wrong'), `${route}, a wrong key`).toBe(401);
      for (const role of ROLES.slice(1)) {
        const status = await send(route, keyOf(role));
        if (ROLES.indexOf(role) >= wanted) {
          expect([401, 403], `${route} as ${role}`).not.toContain(status);
          expect(status, `${route} as ${role}`).toBeLessThan(500);
        } else expect(status, `${route} as ${role}`).toBe(403);
      }
    }
  });

  it('has no other gallery for a key that is bound to one', async () => {
    const withGallery = routes.filter(
      (route) =>
        !/session|health|ready|metrics|galleries|detect|compare|cameras|events|queue|jobs$|jobs\/|uploads$/.test(
          route,
        ),
    );
    const bodies: Readonly<Record<string, object>> = {
      'POST /api/recognise': { image: 'x' },
      'POST /api/search': { image: 'x' },
      'POST /api/verify': { image: 'x', person: 'y' },
      'POST /api/people': { image: 'x', name: 'y' },
      'PATCH /api/people/{id}': { name: 'y' },
      'POST /api/people/merge': { people: ['a', 'b'] },
      'POST /api/people/{id}/split': { faces: ['a'] },
      'POST /api/people/{id}/not': { person: 'b' },
    };
    for (const route of withGallery) {
      const query = route.includes('library') ? '&person=x' : '';
      const status = await send(route, keyOf('admin', 'home'), `?gallery=shop${query}`, bodies[route] ?? {});
      expect(status, route).toBe(404);
    }
    expect(await send('GET /api/metrics', keyOf('admin', 'home'))).toBe(403);
    // Names of files of everybody.
    expect(await send('GET /api/queue', keyOf('admin', 'home'))).toBe(403);
  });

  it('shows nothing of one gallery to the other', async () => {
    const form = (name: string, file: Buffer): FormData => {
      const data = new FormData();
      data.append('name', name);
      data.append('image', new Blob([new Uint8Array(file)]), 'a.jpg');
      return data;
    };
    const still = await readFile(await samples.still());
    const other = await readFile(await samples.otherStill());
    const enrolled = await ask('/api/people', keyOf('tag', 'home'), {
      method: 'POST',
      body: form('Franck', still),
    });
    expect(enrolled.status).toBe(200);
    const person = (await enrolled.json()) as { id: string; cover: string };
    const face = decodeURIComponent(/faces\/([^/]+)\//.exec(person.cover)?.[1] ?? '');

    const picture = (key: string, path: string) =>
      ask(path, key, {
        method: 'POST',
        body: new Uint8Array(other),
        headers: { 'content-type': 'image/jpeg' },
      });
    type Faces = { faces: { identity: { kind: string; name?: string } }[] };
    const mine = (await (await picture(keyOf('read', 'home'), '/api/recognise')).json()) as Faces;
    expect(mine.faces[0]?.identity).toMatchObject({ kind: 'known', name: 'Franck' });
    const theirs = (await (await picture(keyOf('read', 'shop'), '/api/recognise')).json()) as Faces;
    expect(theirs.faces[0]?.identity).toEqual({ kind: 'unknown', reason: 'empty-gallery' });
    const found = (await (await picture(keyOf('read', 'shop'), '/api/search')).json()) as {
      people: unknown[];
    };
    expect(found.people).toEqual([]);

    const shop = keyOf('admin', 'shop');
    for (const [method, path, body] of [
      ['GET', `/api/people/${person.id}`],
      ['GET', `/api/faces/${encodeURIComponent(face)}/picture`],
      ['PATCH', `/api/people/${person.id}`, { name: 'Mine' }],
      ['DELETE', `/api/people/${person.id}`],
      ['POST', `/api/people/${person.id}/split`, { faces: [face] }],
      ['POST', `/api/people/${person.id}/not`, { face }],
      ['POST', `/api/faces/${encodeURIComponent(face)}/move`, {}],
      ['GET', '/api/library/where?person=Franck'],
    ] as const) {
      const answer = await ask(path, shop, {
        method,
        ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      expect(answer.status, `${method} ${path}`).toBe(404);
      expect(await answer.text()).not.toContain('Franck is');
    }
    expect(await (await ask('/api/people', shop)).json()).toEqual({ people: [], total: 0 });
    expect(await (await ask('/api/people/history', shop)).json()).toEqual([]);
    expect(
      ((await (await ask('/api/galleries', shop)).json()) as { id: string }[]).map(({ id }) => id),
    ).toEqual(['shop']);
    const cover = await ask(person.cover, keyOf('read', 'home'));
    expect(cover.headers.get('content-type')).toBe('image/jpeg');
  });

  it('takes what cannot be read for the fault of who sent it, and goes on', async () => {
    const form = { 'content-type': 'multipart/form-data; boundary=XX' };
    const begun = '--XX\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\npicture';
    const still = await readFile(await samples.still());
    for (const [what, headers, body] of [
      ['a form without a boundary', { 'content-type': 'multipart/form-data' }, '<a/>'],
      [
        'a boundary that is too long',
        { 'content-type': `multipart/form-data; boundary=${'b'.repeat(300)}` },
        'x',
      ],
      ['a form that ends too soon', form, begun],
      [
        'a form that names what all objects have',
        form,
        `${begun.replace('image', '__proto__')}\r\n--XX--\r\n`,
      ],
      ['a picture cut off in its header', { 'content-type': 'image/jpeg' }, still.subarray(0, 100)],
      // Its header says 2^31-1 by 2^31-1.
      ['a picture that would fill the memory', { 'content-type': 'image/png' }, hugePng()],
      ['no picture at all', { 'content-type': 'image/png' }, randomBytes(2000)],
    ] as const) {
      const answer = await ask('/api/recognise', keyOf('read', 'home'), {
        method: 'POST',
        headers,
        body: typeof body === 'string' ? body : new Uint8Array(body),
      });
      expect([400, 413, 422], what).toContain(answer.status);
      expect(answer.headers.get('content-type'), what).toContain('application/problem+json');
    }
    const login = await ask('/api/session', undefined, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: keyOf('tag', 'home') }),
    });
    const { csrf } = (await login.json()) as { csrf: string };
    const cookie = login.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    for (const [origin, status] of [
      ['no address', 403],
      ['null', 403],
      [server.url, 404],
    ] as const) {
      const answer = await ask(`/api/people/${NOBODY}`, undefined, {
        method: 'PATCH',
        headers: { origin, cookie, 'x-csrf-token': csrf, 'content-type': 'application/json' },
        body: '{"name":"Ada"}',
      });
      expect(answer.status, origin).toBe(status);
    }
    expect((await ask('/api/health', undefined)).status).toBe(200);
  });

  it('keeps a camera, an upload and a job of one gallery from the other, and passwords from all', async () => {
    const put = (key: string, body: object, id = 'door') =>
      ask(`/api/cameras/${id}`, key, {
        method: 'PUT',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      });
    const admin = keyOf('admin', 'home');
    for (const url of ['rtsp://127.0.0.1/x', 'file:///etc/passwd', 'rtsp://192.168.0.9/x', '/etc/passwd'])
      expect((await put(admin, { url })).status, url).toBe(400);
    const saved = await put(admin, { url: 'rtsp://user:secret@192.0.2.77/x', enabled: false });
    expect(saved.status).toBe(200);
    const text = await saved.text();
    expect(text).not.toContain('secret');
    expect(JSON.parse(text)).toMatchObject({ id: 'door', gallery: 'home', url: 'rtsp://***@192.0.2.77/x' });

    const shop = keyOf('admin', 'shop');
    expect(await (await ask('/api/cameras', shop)).json()).toEqual([]);
    for (const path of ['', '/recordings', '/live.mjpeg', '/recordings/2026-01-01_00-00-00.mp4'])
      expect((await ask(`/api/cameras/door${path}`, shop)).status, path).toBe(404);
    expect((await put(shop, { url: 'rtsp://198.51.100.7/x' })).status).toBe(409);
    expect((await ask('/api/cameras/door', shop, { method: 'DELETE' })).status).toBe(404);
    expect((await put(admin, { url: 'rtsp://192.0.2.77/x', gallery: 'shop' }, 'yard')).status).toBe(404);

    const upload = (await (
      await ask('/api/uploads', keyOf('tag', 'home'), {
        method: 'POST',
        body: 'no video',
        headers: { 'content-type': 'application/octet-stream' },
      })
    ).json()) as { id: string };
    const job = (key: string) =>
      ask('/api/jobs', key, {
        method: 'POST',
        body: JSON.stringify({ kind: 'video', upload: upload.id }),
        headers: { 'content-type': 'application/json' },
      });
    expect((await job(keyOf('tag', 'shop'))).status).toBe(404);
    const own = (await (await job(keyOf('tag', 'home'))).json()) as { id: string };
    expect((await ask(`/api/jobs/${own.id}`, shop)).status).toBe(404);
    expect((await ask(`/api/jobs/${own.id}/result`, shop)).status).toBe(404);
    expect((await ask(`/api/jobs/${own.id}`, shop, { method: 'DELETE' })).status).toBe(404);
    expect(await (await ask('/api/jobs', shop)).json()).toEqual([]);
    for (const path of ['/etc/passwd', '../../etc/passwd', join(folder, 'data')]) {
      const answer = await ask('/api/jobs', keyOf('admin'), {
        method: 'POST',
        body: JSON.stringify({ kind: 'photos', path }),
        headers: { 'content-type': 'application/json' },
      });
      expect(answer.status, path).toBe(404);
    }
  });

  it('wants a token from its own page for whatever changes something', async () => {
    const login = await ask('/api/session', undefined, {
      method: 'POST',
      body: JSON.stringify({ key: keyOf('admin') }),
      headers: { 'content-type': 'application/json' },
    });
    const cookie = login.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    const { csrf } = (await login.json()) as { csrf: string };
    const session = cookie.split(';')[0] ?? '';
    const undo = (headers: Record<string, string>) =>
      ask('/api/people/undo', undefined, { method: 'POST', headers: { cookie: session, ...headers } });
    expect((await ask('/api/people', undefined, { headers: { cookie: session } })).status).toBe(200);
    expect((await undo({})).status).toBe(403);
    expect((await undo({ 'x-csrf-token': 'wrong' })).status).toBe(403);
    expect((await undo({ 'x-csrf-token': csrf, origin: 'https://evil.example' })).status).toBe(403);
    expect((await undo({ 'x-csrf-token': csrf, origin: new URL(server.url).origin })).status).not.toBe(403);
    await ask('/api/session', undefined, {
      method: 'DELETE',
      headers: { cookie: session, 'x-csrf-token': csrf },
    });
    expect((await ask('/api/people', undefined, { headers: { cookie: session } })).status).toBe(401);
  });

  it('opens sockets to those who may, and not to another site’s page', async () => {
    const open = (path: string, headers: Record<string, string>) =>
      new Promise<number>((resolve) => {
        const socket = new WebSocket(server.url.replace('http', 'ws') + path, { headers });
        socket.on('open', () => {
          socket.close();
          resolve(101);
        });
        socket.on('unexpected-response', (_request, answer) => resolve(answer.statusCode ?? 0));
        socket.on('error', () => undefined);
      });
    const login = await ask('/api/session', undefined, {
      method: 'POST',
      body: JSON.stringify({ key: keyOf('read') }),
      headers: { 'content-type': 'application/json' },
    });
    const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    for (const path of ['/api/events/ws', '/api/cameras/door/live']) {
      expect(await open(path, {}), path).toBe(401);
      expect(await open(path, { authorization: 'Bearer frs_wrong' }), path).toBe(401);
      expect(await open(path, { authorization: `Bearer ${keyOf('read')}` }), path).toBe(101);
      expect(await open(path, { cookie, origin: 'https://evil.example' }), path).toBe(403);
      expect(await open(path, { cookie, origin: new URL(server.url).origin }), path).toBe(101);
    }
  });

  it('sends a page that may load nothing from elsewhere and run nothing inline', async () => {
    const page = await ask('/', undefined);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(await page.text()).not.toMatch(/<script(?![^>]*\ssrc=)|\son\w+=|style=/);
    expect((await ask('/assets/../package.json', undefined)).status).toBe(404);
    expect((await ask('/assets/%2e%2e/package.json', undefined)).status).toBe(404);
  });

  it('cuts off who reads events with a key that another process revokes', async () => {
    const database = await openServerDatabase(join(folder, 'data', 'server.db'));
    const keys = new KeyStore(database, []);
    const follow = async (key: string) =>
      (await fetch(`${server.url}/api/events/stream`, { headers: { authorization: `Bearer ${key}` } })).body;
    const lost = keys.add('lost', 'read', undefined);
    const [revoked, other] = [await follow(lost), await follow(keyOf('read'))];
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/events/ws`, {
      headers: { authorization: `Bearer ${lost}` },
    });
    await once(socket, 'open');
    const closed = once(socket, 'close');
    expect(keys.revoke('lost')).toBe(true);
    database.close();
    await closed;
    // What had come before it was cut off, such as the comment that every stream begins with, may still be read.
    const drained = (async () => {
      for await (const chunk of revoked ?? []) expect(chunk.length).toBeGreaterThan(0);
    })();
    await expect(drained).rejects.toThrow('terminated');
    // Whose key is good stays connected.
    const still = other?.getReader();
    // The comment that every stream begins with.
    await still?.read();
    expect(await Promise.race([still?.read(), wait(100, 'open')])).toBe('open');
    await still?.cancel();
  });

  it('refuses to listen to the network without keys', async () => {
    const other = await tempFolder();
    await expect(startServer({ engine, folder: other, config: { host: '0.0.0.0' } })).rejects.toThrow(
      /keys/i,
    );
    await removeFolder(other);
  });

  it('is this machine’s only by its own names when there are no keys', async () => {
    const other = await tempFolder();
    const open = await startServer({ engine, folder: other, openTenant });
    const { hostname, port } = new URL(open.url);
    const { request } = await import('node:http');
    const status = (headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        request({ hostname, port, path: '/api/people', headers }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        })
          .on('error', reject)
          .end();
      });
    expect(await status({})).toBe(200);
    expect(await status({ host: 'rebound.example' })).toBe(401);
    expect(await status({ 'x-forwarded-for': '203.0.113.9' })).toBe(401);
    const foreign = await fetch(`${open.url}/api/people/undo`, {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
    });
    expect(foreign.status).toBe(403);
    await open[Symbol.asyncDispose]();
    await removeFolder(other);
  });
});
