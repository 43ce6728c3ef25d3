import { realpath } from 'node:fs/promises';
import { basename, sep } from 'node:path';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { ULID } from '../../ids.js';
import { jobSchema, type Job } from '../../jobs/job.js';
import { UploadTooLarge } from '../../jobs/upload-store.js';
import type { Services } from '../../services.js';
import type { App } from '../app.js';
import { principalOf, tenantOf } from '../guard.js';
import { galleryQuery } from '../pictures.js';
import { HttpProblem } from '../problem.js';

const idParams = z.object({ id: z.string().regex(ULID) });
const tags = ['jobs'];

/** Videos and folders of photos, searched in the background. */
export function jobRoutes(app: App, services: Services): void {
  const { jobs, uploads, config, tenants } = services;

  const visible = (request: Parameters<typeof principalOf>[0], id: string): Job => {
    const job = jobs.get(id);
    if (job === undefined || !principalOf(request).galleries.includes(job.gallery))
      throw new HttpProblem(404, 'There is no such job.');
    return job;
  };
  /** A path that lies, links followed, in a folder that the configuration opens. */
  const mediaPath = async (request: Parameters<typeof principalOf>[0], path: string): Promise<string> => {
    if (principalOf(request).galleries.length < tenants.size)
      throw new HttpProblem(403, 'A key that is bound to galleries cannot read folders of the server.');
    const real = await realpath(path).catch(() => undefined);
    for (const root of config().media) {
      const folder = await realpath(root).catch(() => undefined);
      if (real !== undefined && folder !== undefined && (real === folder || real.startsWith(folder + sep)))
        return real;
    }
    throw new HttpProblem(
      404,
      'There is no such file in the folders that jobs may read.',
      'See "media" in the configuration.',
    );
  };

  app.post(
    '/api/uploads',
    {
      config: { access: 'tag' },
      bodyLimit: Number.MAX_SAFE_INTEGER,
      schema: {
        tags,
        summary: 'Upload a video or an archive of photos as the body; kept for a day',
        consumes: ['application/octet-stream'],
        querystring: galleryQuery,
        response: { 200: z.object({ id: z.string(), bytes: z.number() }) },
      },
    },
    async (request) => {
      const tenant = tenantOf(request, services, request.query.gallery);
      if (!(request.body instanceof Readable))
        throw new HttpProblem(415, 'Send the file as application/octet-stream.');
      try {
        return await uploads.save(tenant.id, request.body, config().limits.uploadMegabytes * 1e6);
      } catch (error) {
        if (!(error instanceof UploadTooLarge)) throw error;
        throw new HttpProblem(413, `More than ${config().limits.uploadMegabytes} MB are not taken.`);
      }
    },
  );

  app.post(
    '/api/jobs',
    {
      config: { access: 'tag' },
      schema: {
        tags,
        summary: 'Search a video, or photos',
        querystring: galleryQuery,
        body: z
          .object({
            kind: z.enum(['video', 'photos']),
            upload: z.string().optional(),
            path: z.string().optional(),
            name: z.string().min(1).max(200).optional().describe('Of an upload, for people.'),
          })
          .strict(),
        response: { 200: jobSchema },
      },
    },
    async (request) => {
      const tenant = tenantOf(request, services, request.query.gallery);
      const { kind, upload, path, name } = request.body;
      if ((upload === undefined) === (path === undefined))
        throw new HttpProblem(400, 'Give an "upload", or a "path".');
      if (upload !== undefined) {
        const file = await uploads.find(tenant.id, upload);
        if (file === undefined) throw new HttpProblem(404, 'There is no such upload.');
        return jobs.add({ gallery: tenant.id, kind, input: name ?? `upload ${upload}`, path: file });
      }
      const file = await mediaPath(request, path ?? '');
      return jobs.add({ gallery: tenant.id, kind, input: basename(file), path: file });
    },
  );

  app.get(
    '/api/jobs',
    {
      config: { access: 'read' },
      schema: { tags, summary: 'Jobs, the newest first', response: { 200: z.array(jobSchema) } },
    },
    async (request) => [...jobs.list(principalOf(request).galleries)],
  );

  app.get(
    '/api/jobs/:id',
    {
      config: { access: 'read' },
      schema: { tags, summary: 'How far a job is', params: idParams, response: { 200: jobSchema } },
    },
    async (request) => visible(request, request.params.id),
  );

  app.get(
    '/api/jobs/:id/result',
    {
      config: { access: 'read' },
      schema: {
        tags,
        summary: 'What was found, as JSON lines; also while it runs',
        params: idParams,
        produces: ['application/x-ndjson'],
      },
    },
    async (request, reply) => {
      const { id } = visible(request, request.params.id);
      return reply.type('application/x-ndjson').send(Readable.from(jobs.result(id)));
    },
  );

  app.delete(
    '/api/jobs/:id',
    {
      config: { access: 'tag' },
      schema: { tags, summary: 'Break a job off', params: idParams, response: { 204: z.null() } },
    },
    async (request, reply) => {
      jobs.cancel(visible(request, request.params.id).id);
      return reply.status(204).send(null);
    },
  );
}
