import { collected } from '@fr-stream/core';
import { z } from 'zod';
import type { Services } from '../../services.js';
import type { App } from '../app.js';
import { tenantOf } from '../guard.js';
import { galleryQuery } from '../pictures.js';

/** Where in the archive somebody is; on the photo library alone. */
export function libraryRoutes(app: App, services: Services): void {
  app.get(
    '/api/library/where',
    {
      config: { access: 'read' },
      schema: {
        tags: ['library'],
        summary: 'All photos that show a person',
        querystring: galleryQuery.extend({ person: z.string().min(1).describe('Id or name.') }),
        response: {
          200: z.object({
            person: z.object({ id: z.string(), name: z.string() }),
            photos: z.array(
              z.object({
                path: z.string(),
                box: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
                face: z.string(),
                quality: z.number(),
              }),
            ),
          }),
        },
      },
    },
    async (request) => {
      const { gallery, library } = tenantOf(request, services, request.query.gallery);
      const person = await gallery.person(request.query.person);
      const faces = await collected(library.faces({ personIds: [person.id] }));
      const paths = new Map<string, string[]>();
      const hashes = [...new Set(faces.map(({ hash }) => hash))];
      for await (const { hash, path } of library.photos({ hashes }))
        paths.set(hash, [...(paths.get(hash) ?? []), path]);
      return {
        person: { id: person.id, name: person.name },
        photos: faces.flatMap(({ id, hash, detection: { box }, quality }) =>
          (paths.get(hash) ?? []).map((path) => ({ path, box, face: id, quality: quality.overall })),
        ),
      };
    },
  );
}
