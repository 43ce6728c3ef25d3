import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FrStreamError, messageOf, type Gallery, type GalleryFace } from '@fr-stream/core';
import {
  fastify,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { moveFace, suggestMerges } from '@fr-stream/engine';
import { z } from 'zod';
import { useRowProducts } from '@fr-stream/backend-node';
import { knownPath, knownPaths } from '@fr-stream/stream';

export interface PeoplePageOptions {
  readonly gallery: Gallery;
  /** JPEG of a face; undefined where there is none. */
  readonly picture: (face: GalleryFace) => Promise<Uint8Array | undefined>;
  /** Removes a person and all that shows them. */
  readonly forget: (personId: string) => Promise<unknown>;
  /** Cosine similarity from which two people may be one. */
  readonly threshold: number;
  /** Default: any free one. */
  readonly port?: number;
}

/** A page for the people of one gallery, for whoever sits at this machine. */
export interface PeoplePage extends AsyncDisposable {
  /** With the token that lets the browser in; for the user's eyes only. */
  readonly address: string;
}

/** Browsers send cookies to all ports of a host: each page has its own. */
const cookieName = (port: number): string => `fr_stream_people_${port}`;

const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>fr-stream people</title><link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/theme.css"><link rel="stylesheet" href="/page.css"><link rel="stylesheet" href="/people.css">
<script type="module" src="/page.js"></script></head>
<body><main><h1>People</h1><people-manager></people-manager></main></body></html>
`;

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="11" r="7" fill="#0b57d0"/><path d="M3 31a13 11 0 0 1 26 0z" fill="#0b57d0"/></svg>
`;

const SCRIPT = `import { definePeopleManager, HttpPeopleApi } from '/ui/index.js';
definePeopleManager();
document.querySelector('people-manager').api = new HttpPeopleApi({
  mayEdit: true, mayForget: true, fetch: (address, init) => fetch(address, init),
  unreachable: 'The page is closed: "fr-stream people" has ended. Nothing was changed; say it again and open the address that it prints.',
});
`;

/**
 * Serves the people manager on this machine only: on the loopback address, to whoever has the random token that the
 * address carries, and to no page of another origin.
 */
export async function servePeople(options: PeoplePageOptions): Promise<PeoplePage> {
  const token = randomBytes(24).toString('base64url');
  const app = fastify({ bodyLimit: 2 ** 20 });
  guard(app, token);
  pages(app, await uiFolder());
  checkInput(app);
  routes(app, options);
  app.setErrorHandler(async (error, _request, reply) => {
    const { statusCode = 500 } = error as FastifyError;
    const status = FrStreamError.isInstance(error) ? 409 : statusCode;
    const hint = FrStreamError.isInstance(error) ? error.hint : undefined;
    return reply
      .status(status)
      .send({ detail: knownPaths(messageOf(error)), ...(hint !== undefined && { hint }) });
  });
  await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  const address = app.server.address();
  return {
    address: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/?token=${token}`,
    [Symbol.asyncDispose]: () => app.close(),
  };
}

function guard(app: FastifyInstance, token: string): void {
  const same = (given: string | undefined): boolean => {
    const [a, b] = [Buffer.from(given ?? ''), Buffer.from(token)];
    return a.length === b.length && timingSafeEqual(a, b);
  };
  app.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
    void reply
      .header('content-security-policy', "default-src 'self'; frame-ancestors 'none'; base-uri 'none'")
      .header('x-content-type-options', 'nosniff')
      .header('referrer-policy', 'no-referrer')
      .header('cache-control', 'no-store');
    const port = request.socket.localPort ?? 0;
    const own = `127.0.0.1:${port}`;
    const cookieOf = `${cookieName(port)}=`;
    const { host, origin, cookie = '' } = request.headers;
    // Names that lead here, and pages that lie elsewhere, are not the user.
    if (host !== own || (origin !== undefined && origin !== `http://${own}`))
      return reply.status(403).send({ detail: 'This page is for this machine only.' });
    const { token: given } = request.query as { readonly token?: string };
    if (request.url.startsWith('/?') && same(given)) {
      return reply
        .header('set-cookie', `${cookieOf}${token}; HttpOnly; SameSite=Strict; Path=/`)
        .redirect('/');
    }
    const kept = cookie.split(/; */).find((one) => one.startsWith(cookieOf));
    if (!same(kept?.slice(cookieOf.length)))
      return reply.status(401).send({ detail: 'Open the address that "fr-stream people" printed.' });
    return undefined;
  });
}

/** Where the page's own modules lie, built. */
async function uiFolder(): Promise<string> {
  const index = fileURLToPath(import.meta.resolve('@fr-stream/people-ui'));
  return dirname(index).replace(new RegExp(`\\${sep}src$`), `${sep}dist`);
}

function pages(app: FastifyInstance, folder: string): void {
  const send = (path: string, type: string, content: () => Promise<string | Buffer>): void =>
    void app.get(path, async (_request, reply) => reply.type(type).send(await content()));
  send('/', 'text/html; charset=utf-8', async () => PAGE);
  send('/icon.svg', 'image/svg+xml', async () => ICON);
  send('/theme.css', 'text/css', () => readFile(join(folder, '..', 'theme.css')));
  send('/page.css', 'text/css', () => readFile(join(folder, '..', 'page.css')));
  send('/page.js', 'text/javascript', async () => SCRIPT);
  send('/people.css', 'text/css', () => readFile(join(folder, '..', 'people.css')));
  app.get<{ Params: { name: string } }>('/ui/:name', async ({ params: { name } }, reply) => {
    if (!/^[a-z-]+\.js$/.test(name)) return reply.status(404).send({ detail: 'There is no such file.' });
    return reply.type('text/javascript').send(await readFile(join(folder, name)));
  });
}

const text = z.string().max(1000).optional();
const texts = z.array(z.string().max(1000)).max(50_000).optional();
const bodySchema = z
  .object({ name: text, people: texts, faces: texts, person: text, face: text, to: text })
  .nullish();
type Body = NonNullable<z.infer<typeof bodySchema>>;
const querySchema = z.record(z.string(), z.string());
type Query = Readonly<Record<'who' | 'search' | 'offset' | 'limit' | 'least', string | undefined>>;

/** Whatever comes is what it should be, or refused. */
function checkInput(app: FastifyInstance): void {
  app.addHook('preValidation', async (request) => {
    const body = bodySchema.safeParse(request.body);
    const wrong = body.error ?? querySchema.safeParse(request.query).error;
    const [issue] = wrong?.issues ?? [];
    if (issue !== undefined) {
      throw Object.assign(new TypeError(`${issue.path.join('.')}: ${issue.message}`), { statusCode: 400 });
    }
  });
}

function routes(app: FastifyInstance, { gallery, picture, forget, threshold }: PeoplePageOptions): void {
  const summary = (id: string) => {
    const person = gallery.person(id);
    const own = gallery.facesOf(person.id);
    const [best] = [...own].sort((a, b) => b.quality - a.quality);
    return {
      id: person.id,
      name: person.name,
      unnamed: person.unnamed === true,
      faces: own.length,
      ...(best && { cover: pictureOf(best.id) }),
    };
  };
  const pictureOf = (faceId: string): string => `/api/faces/${encodeURIComponent(faceId)}/picture`;
  type Route = { Params: { id: string }; Body: Body | undefined; Querystring: Query };

  app.get<Route>('/api/people', async ({ query }) => {
    const { who = 'all', search = '', offset = '0', limit = '60', least = '0' } = query;
    const wanted = search.trim().toLocaleLowerCase();
    const everybody = gallery
      .people()
      .filter(
        ({ name, unnamed, faces }) =>
          (who === 'all' || (who === 'unnamed') === (unnamed === true)) &&
          (unnamed !== true || faces >= Number(least)) &&
          name.toLocaleLowerCase().includes(wanted),
      );
    const named = everybody.filter(({ unnamed }) => unnamed !== true);
    const unnamed = everybody.filter((one) => one.unnamed === true).sort((a, b) => b.faces - a.faces);
    const start = Math.max(0, Number(offset) || 0);
    const page = [...named, ...unnamed].slice(start, start + Math.min(500, Number(limit) || 60));
    return { people: page.map(({ id }) => summary(id)), total: everybody.length };
  });
  app.get<Route>('/api/people/suggestions', async ({ query }) =>
    (await suggestMerges(gallery, threshold, Math.min(100, Number(query.limit) || 20), useRowProducts)).map(
      ({ first, second, score }) => ({ first: summary(first), second: summary(second), score }),
    ),
  );
  app.get<Route>('/api/people/:id', async ({ params }) => ({
    ...summary(params.id),
    allFaces: gallery
      .facesOf(gallery.person(params.id).id)
      .map(({ id, source, quality }) => ({ id, source: knownPath(source), quality, picture: pictureOf(id) })),
  }));
  app.get<Route>('/api/faces/:id/picture', async ({ params }, reply) => {
    const face = gallery.face(params.id);
    const bytes = face && (await picture(face));
    if (bytes === undefined) return reply.status(404).send({ detail: 'There is no picture of this face.' });
    return reply.type('image/jpeg').header('cache-control', 'private, max-age=3600').send(Buffer.from(bytes));
  });
  app.patch<Route>('/api/people/:id', async ({ params, body }) =>
    summary((await gallery.name(params.id, body?.name ?? '')).id),
  );
  app.delete<Route>('/api/people/:id', async ({ params }, reply) => {
    await forget(gallery.person(params.id).id);
    await gallery.reload();
    return reply.status(204).send();
  });
  app.post<Route>('/api/people/merge', async ({ body }) =>
    summary((await gallery.merge(body?.people ?? [])).id),
  );
  app.post<Route>('/api/people/:id/split', async ({ params, body }) =>
    summary((await gallery.split(params.id, body?.faces ?? [])).id),
  );
  app.post<Route>('/api/people/:id/not', async ({ params, body }) => {
    const { id } = params;
    if (body?.face !== undefined) return (await gallery.notThisFace(body.face, id)) && {};
    return summary((await gallery.notSame(id, body?.person ?? '')).id);
  });
  app.post<Route>('/api/faces/:id/move', async ({ params, body }) =>
    summary((await moveFace(gallery, params.id, body?.to)).id),
  );
  app.post<Route>('/api/people/undo', async () => {
    const { at, action } = await gallery.undo();
    return { at, action };
  });
}
