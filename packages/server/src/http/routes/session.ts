import { z } from 'zod';
import { roleSchema } from '../../config/schema.js';
import type { Services } from '../../services.js';
import type { App } from '../app.js';
import { parseCookie, sessionCookie } from '../cookies.js';
import { SESSION_COOKIE } from '../guard.js';
import { HttpProblem } from '../problem.js';

const who = z.object({
  name: z.string(),
  role: roleSchema,
  galleries: z.array(z.string()),
  via: z.enum(['loopback', 'key', 'session']),
  csrf: z.string().optional().describe('For the header x-csrf-token.'),
});

/** Logging in and out on the page. */
export function sessionRoutes(app: App, { keys, sessions, config }: Services): void {
  const secure = (protocol: string): boolean => protocol === 'https' || config().tls !== undefined;

  app.get(
    '/api/session',
    {
      config: { access: 'public' },
      schema: { tags: ['session'], summary: 'Who am I?', response: { 200: who } },
    },
    async ({ principal }) => {
      if (principal === undefined) throw new HttpProblem(401, 'Nobody is logged in.');
      return { ...principal, galleries: [...principal.galleries] };
    },
  );

  app.post(
    '/api/session',
    {
      config: { access: 'public', rateLimit: { max: 10, timeWindow: 60_000 } },
      schema: {
        tags: ['session'],
        summary: 'Log in with a key',
        body: z.object({ key: z.string().min(1).max(200) }),
        response: { 200: z.object({ csrf: z.string() }) },
      },
    },
    async (request, reply) => {
      const key = keys.verify(request.body.key);
      if (key === undefined) throw new HttpProblem(401, 'This key is not known.');
      const { token, csrf } = sessions.create(key.id);
      reply.header('set-cookie', sessionCookie(SESSION_COOKIE, token, secure(request.protocol)));
      return { csrf };
    },
  );

  app.delete(
    '/api/session',
    {
      config: { access: 'read' },
      schema: { tags: ['session'], summary: 'Log out', response: { 204: z.null() } },
    },
    async (request, reply) => {
      const token = parseCookie(request.headers.cookie, SESSION_COOKIE);
      if (token !== undefined) sessions.end(token);
      reply.header('set-cookie', sessionCookie(SESSION_COOKIE, undefined, secure(request.protocol)));
      return reply.status(204).send(null);
    },
  );
}
