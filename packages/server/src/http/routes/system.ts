import { z } from 'zod';
import type { Services } from '../../services.js';
import type { App } from '../app.js';
import { principalOf } from '../guard.js';
import { HttpProblem } from '../problem.js';

/** Health, readiness, metrics, and which galleries there are. */
export function systemRoutes(app: App, services: Services): void {
  const { events, metrics, ending, tenants } = services;
  const status = z.object({ status: z.string() });

  app.get(
    '/api/health',
    {
      config: { access: 'public' },
      schema: { tags: ['system'], summary: 'Alive?', response: { 200: status } },
    },
    async () => ({ status: 'alive' }),
  );

  app.get(
    '/api/ready',
    {
      config: { access: 'public' },
      schema: { tags: ['system'], summary: 'Able to serve?', response: { 200: status } },
    },
    async () => {
      if (ending.aborted) throw new HttpProblem(503, 'The server is ending.');
      await events.lastSeq();
      return { status: 'ready' };
    },
  );

  app.get(
    '/api/metrics',
    {
      config: { access: 'read', allGalleries: true },
      schema: { tags: ['system'], summary: 'Metrics for Prometheus', produces: ['text/plain'] },
    },
    async (_request, reply) =>
      reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );

  app.get(
    '/api/galleries',
    {
      config: { access: 'read' },
      schema: {
        tags: ['system'],
        summary: 'Galleries that this key may see',
        response: {
          200: z.array(
            z.object({
              id: z.string(),
              people: z.number(),
              unnamed: z.number(),
              embedder: z.string().optional(),
            }),
          ),
        },
      },
    },
    async (request) => {
      const found = [];
      for (const id of principalOf(request).galleries) {
        const tenant = tenants.get(id);
        if (tenant === undefined) continue;
        const people = await tenant.gallery.people();
        const embedder = await tenant.gallery.embedder;
        const unnamed = people.filter((person) => person.unnamed === true).length;
        found.push({
          id,
          people: people.length - unnamed,
          unnamed,
          ...(embedder !== undefined && { embedder }),
        });
      }
      return found;
    },
  );
}
