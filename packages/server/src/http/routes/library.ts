import { decisionRule } from '@fr-stream/engine';
import { where } from '@fr-stream/library';
import { z } from 'zod';
import type { Services } from '../../services.js';
import type { App } from '../app.js';
import { tenantOf } from '../guard.js';
import { galleryQuery } from '../pictures.js';
import { HttpProblem } from '../problem.js';

const person = z.string().min(1);
const query = galleryQuery.extend({
  person: person.describe('Id or name.'),
  with: z
    .union([person, z.array(person)])
    .default([])
    .describe('Who is there, too.'),
  without: z
    .union([person, z.array(person)])
    .default([])
    .describe('Who is not there.'),
  since: z.iso.date().optional().describe('YYYY-MM-DD'),
  until: z.iso.date().optional().describe('YYYY-MM-DD, that day included.'),
  under: z.string().min(1).optional().describe('A folder.'),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  offset: z.coerce.number().int().min(0).default(0),
});
const moment = z.object({
  kind: z.enum(['photo', 'video']),
  path: z.string(),
  fromMs: z.number().optional().describe('Of videos: when they come into view.'),
  toMs: z.number().optional(),
  capturedAt: z.string().optional(),
  score: z.number().optional().describe('Similarity, where nobody has said who it is.'),
  box: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }).optional(),
  face: z.string(),
});
const DAY_MS = 86_400_000;

/** Where in the archive somebody is. */
export function libraryRoutes(app: App, services: Services): void {
  app.get(
    '/api/library/where',
    {
      config: { access: 'read' },
      schema: {
        tags: ['library'],
        summary: 'All photos, and moments of videos, that show a person, the newest first',
        querystring: query,
        response: {
          200: z.object({
            person: z.object({ id: z.string(), name: z.string() }),
            total: z.number(),
            moments: z.array(moment),
          }),
        },
      },
    },
    async (request) => {
      const { gallery, library, videos } = tenantOf(request, services, request.query.gallery);
      const { since, until, under, limit, offset } = request.query;
      const found = gallery.person(request.query.person);
      const [together, without] = [request.query.with, request.query.without].map((refs) =>
        [refs].flat().map((ref) => gallery.person(ref)),
      );
      if ([...(together ?? []), ...(without ?? [])].some(({ id }) => id === found.id))
        throw new HttpProblem(400, `${found.name} is always with ${found.name}.`, 'Name somebody else.');
      const moments = await where(
        {
          person: found,
          ...(together && { together }),
          ...(without && { without }),
          ...(since !== undefined && { sinceMs: Date.parse(since) }),
          ...(until !== undefined && { untilMs: Date.parse(until) + DAY_MS }),
          ...(under !== undefined && { under }),
        },
        { gallery, photos: library, videos, rule: decisionRule(services.engine.embedderCard) },
      );
      return {
        person: { id: found.id, name: found.name },
        total: moments.length,
        moments: moments
          .slice(offset, offset + limit)
          .map(({ kind, path, span, capturedAt, score, face }) => ({
            kind,
            path,
            ...(span && { fromMs: Math.round(span.fromMs), toMs: Math.round(span.toMs) }),
            ...(capturedAt !== undefined && { capturedAt }),
            ...(score !== undefined && { score }),
            ...('detection' in face && { box: face.detection.box }),
            face: face.id,
          })),
      };
    },
  );
}
