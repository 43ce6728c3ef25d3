import { once } from 'node:events';
import { z } from 'zod';
import { idSchema } from '../../config/schema.js';
import { eventSchema, matchesType, type ServerEvent } from '../../events/event.js';
import { ULID } from '../../ids.js';
import type { Services } from '../../services.js';
import type { App } from '../app.js';
import { followEvents, type EventReader } from '../follow-events.js';
import { principalOf } from '../guard.js';
import { HttpProblem } from '../problem.js';

const filters = z.object({
  gallery: z.string().optional(),
  camera: idSchema.optional(),
  type: z
    .union([z.string(), z.array(z.string())])
    .transform((value) => [value].flat())
    .optional()
    .describe('Such as `person.identified` or `person.*`; may be repeated.'),
  person: z.string().optional().describe('Id.'),
});
const idParams = z.object({ id: z.string().regex(ULID) });

/** How much may wait in a client's connection until it is taken for stuck. */
const MOST_BUFFERED = 1_000_000;

/** What happened, and what happens. */
export function eventRoutes(app: App, services: Services): void {
  const { events, pictures, hub, ending, log } = services;
  type Principal = ReturnType<typeof principalOf>;
  type Filters = z.infer<typeof filters>;

  const galleriesOf = (principal: Principal, wanted: string | undefined): readonly string[] => {
    if (wanted === undefined) return principal.galleries;
    if (!principal.galleries.includes(wanted)) throw new HttpProblem(404, `There is no gallery "${wanted}".`);
    return [wanted];
  };
  const visible = async (request: Parameters<typeof principalOf>[0], id: string): Promise<ServerEvent> => {
    const event = await events.get(id);
    if (event === undefined || !principalOf(request).galleries.includes(event.gallery))
      throw new HttpProblem(404, 'There is no such event.');
    return event;
  };
  const wants = (principal: Principal, query: Filters) => {
    const galleries = galleriesOf(principal, query.gallery);
    return (event: ServerEvent): boolean =>
      galleries.includes(event.gallery) &&
      matchesType(event.type, query.type) &&
      (query.camera === undefined || event.camera === query.camera) &&
      (query.person === undefined || event.person?.id === query.person);
  };
  const queryOf = (principal: Principal, query: Filters) => ({
    galleries: galleriesOf(principal, query.gallery),
    ...(query.camera !== undefined && { camera: query.camera }),
    ...(query.type !== undefined && { types: query.type }),
    ...(query.person !== undefined && { person: query.person }),
  });
  const follow = (
    reader: EventReader,
    principal: Principal,
    query: Filters,
    after: number | undefined,
  ): Promise<void> =>
    followEvents(reader, {
      events,
      hub,
      query: queryOf(principal, query),
      wanted: wants(principal, query),
      after,
    });

  app.get(
    '/api/events',
    {
      config: { access: 'read' },
      schema: {
        tags: ['events'],
        summary: 'What happened, the newest first',
        querystring: filters.extend({
          from: z.iso.datetime().optional(),
          to: z.iso.datetime().optional(),
          before: z.coerce.number().int().optional().describe('Only with a smaller `seq`: the next page.'),
          after: z.coerce.number().int().optional().describe('Only with a larger `seq`, the oldest first.'),
          limit: z.coerce.number().int().min(1).max(500).default(50),
        }),
        response: { 200: z.object({ events: z.array(eventSchema), next: z.number().optional() }) },
      },
    },
    async (request) => {
      const { from, to, before, after, limit } = request.query;
      const found = await events.query({
        ...queryOf(principalOf(request), request.query),
        ...(before !== undefined && { before }),
        ...(after !== undefined && { after }),
        ...(from !== undefined && { fromMs: Date.parse(from) }),
        ...(to !== undefined && { toMs: Date.parse(to) }),
        limit,
      });
      const last = found.at(-1);
      return { events: [...found], ...(found.length === limit && last && { next: last.seq }) };
    },
  );

  app.get(
    '/api/events/:id',
    {
      config: { access: 'read' },
      schema: { tags: ['events'], summary: 'One event', params: idParams, response: { 200: eventSchema } },
    },
    async (request) => visible(request, request.params.id),
  );

  for (const [file, kind] of [
    ['snapshot.jpg', 'snapshot'],
    ['best.jpg', 'best'],
  ] as const) {
    app.get(
      `/api/events/:id/${file}`,
      {
        config: { access: 'read' },
        schema: {
          tags: ['events'],
          summary: 'A picture of an event',
          params: idParams,
          produces: ['image/jpeg'],
        },
      },
      async (request, reply) => {
        const { id, at } = await visible(request, request.params.id);
        const jpeg = await pictures.read(id, at, kind);
        if (jpeg === undefined) throw new HttpProblem(404, 'There is no such picture.');
        return reply
          .type('image/jpeg')
          .header('cache-control', 'private, max-age=86400')
          .send(Buffer.from(jpeg));
      },
    );
  }

  app.get(
    '/api/events/stream',
    {
      config: { access: 'read', rateLimit: false, staysOpen: true },
      schema: {
        tags: ['events'],
        summary: 'What happens, as server-sent events',
        description: 'With `Last-Event-ID` (or `after`) it goes on where it broke off.',
        querystring: filters.extend({ after: z.coerce.number().int().optional() }),
        produces: ['text/event-stream'],
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const last = Number(request.headers['last-event-id'] ?? request.query.after ?? NaN);
      // Refused, if need be, before the answer begins.
      galleriesOf(principal, request.query.gallery);
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream',
        'x-accel-buffering': 'no',
      });
      const gone = new AbortController();
      const write = (event: ServerEvent): boolean =>
        raw.write(`id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
      const reader: EventReader = {
        gone: gone.signal,
        send: async (event) => {
          if (!write(event)) await once(raw, 'drain', { signal: gone.signal }).catch(() => undefined);
        },
        push: (event) => {
          write(event);
          // Whoever does not read is cut off, and goes on by the last id.
          if (raw.writableLength > MOST_BUFFERED) raw.destroy();
        },
      };
      raw.write(': fr-stream\n\n');
      const alive = setInterval(() => raw.write(': alive\n\n'), 15_000);
      const end = (): void => void raw.end();
      ending.addEventListener('abort', end, { once: true });
      raw.on('close', () => {
        gone.abort();
        clearInterval(alive);
        ending.removeEventListener('abort', end);
      });
      follow(reader, principal, request.query, Number.isInteger(last) ? last : undefined).catch(
        (error: unknown) => {
          log.error({ err: error }, 'events cannot be read');
          raw.destroy();
        },
      );
    },
  );

  app.get(
    '/api/events/ws',
    {
      websocket: true,
      config: { access: 'read', staysOpen: true },
      schema: { hide: true, querystring: filters.extend({ after: z.coerce.number().int().optional() }) },
    },
    (socket, request) => {
      const principal = principalOf(request);
      const query = request.query as Filters & { after?: number };
      const gone = new AbortController();
      const reader: EventReader = {
        gone: gone.signal,
        send: (event) => new Promise((resolve) => socket.send(JSON.stringify(event), () => resolve())),
        push: (event) => {
          socket.send(JSON.stringify(event));
          if (socket.bufferedAmount > MOST_BUFFERED) socket.terminate();
        },
      };
      const end = (): void => socket.close(1001);
      ending.addEventListener('abort', end, { once: true });
      socket.on('close', () => {
        gone.abort();
        ending.removeEventListener('abort', end);
      });
      follow(reader, principal, query, query.after).catch((error: unknown) => {
        log.error({ err: error }, 'events cannot be read');
        socket.terminate();
      });
    },
  );
}
