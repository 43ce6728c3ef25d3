import { z } from 'zod';
import { testCamera } from '../../cameras/test-camera.js';
import { cameraSchema, idSchema } from '../../config/schema.js';
import type { Services } from '../../services.js';
import type { App } from '../app.js';
import { principalOf, tenantOf } from '../guard.js';
import { HttpProblem } from '../problem.js';

const numbers = z.object({ p50: z.number(), p95: z.number() });
const cameraInfo = z.object({
  id: z.string(),
  name: z.string(),
  gallery: z.string(),
  url: z.string().describe('Passwords are left out.'),
  enabled: z.boolean(),
  origin: z.enum(['config', 'api']),
  settings: cameraSchema.omit({ url: true, gallery: true, name: true, enabled: true }),
  status: z
    .object({
      online: z.boolean(),
      reason: z.string().optional(),
      present: z.number(),
      viewers: z.number(),
      frames: z.number(),
      dropped: z.number(),
      searched: z.number(),
      fps: z.number(),
      latencyMs: numbers,
    })
    .optional(),
  server: z.string().optional().describe('Which server watches it, where several share their cameras.'),
});
const idParams = z.object({ id: idSchema });
const TEST_MS = 15_000;

/** Cameras: which there are, how they do, what they recorded. */
export function cameraRoutes(app: App, services: Services): void {
  const { cameras, models, codec, network } = services;

  const visible = (request: Parameters<typeof principalOf>[0], id: string) => {
    const found = cameras.get(id);
    if (found === undefined || !principalOf(request).galleries.includes(found.info.gallery))
      throw new HttpProblem(404, `There is no camera "${id}".`);
    return found;
  };
  /** Whoever sits at the machine may name any address; others only what the owner allows. */
  const isConfined = (request: Parameters<typeof principalOf>[0]): boolean =>
    principalOf(request).via !== 'loopback';
  const checkAddress = async (request: Parameters<typeof principalOf>[0], url: string): Promise<void> => {
    if (isConfined(request)) await network().check(url);
  };

  app.get(
    '/api/cameras',
    {
      config: { access: 'read' },
      schema: { tags: ['cameras'], summary: 'All cameras', response: { 200: z.array(cameraInfo) } },
    },
    async (request) => {
      const { galleries } = principalOf(request);
      return cameras.list().filter(({ gallery }) => galleries.includes(gallery));
    },
  );

  app.get(
    '/api/cameras/:id',
    {
      config: { access: 'read' },
      schema: { tags: ['cameras'], summary: 'One camera', params: idParams, response: { 200: cameraInfo } },
    },
    async (request) => visible(request, request.params.id).info,
  );

  app.put(
    '/api/cameras/:id',
    {
      config: { access: 'admin' },
      schema: {
        tags: ['cameras'],
        summary: 'Add a camera, or change one',
        description: 'Leave `url` away to keep the one that is there.',
        params: idParams,
        body: cameraSchema.partial({ url: true }),
        response: { 200: cameraInfo },
      },
    },
    async (request) => {
      const { id } = request.params;
      const old = cameras.get(id);
      // Ids are one space for all tenants: a taken one is refused without saying whose it is.
      if (old !== undefined && !principalOf(request).galleries.includes(old.info.gallery))
        throw new HttpProblem(409, `The id "${id}" cannot be used.`, 'Choose another one.');
      const kept = cameras.kept(id);
      const url = request.body.url ?? kept?.settings.url;
      if (url === undefined) throw new HttpProblem(400, 'A new camera needs a "url".');
      if (request.body.url !== undefined) await checkAddress(request, url);
      const tenant = tenantOf(request, services, request.body.gallery ?? old?.info.gallery);
      // Who keeps an address keeps what it may be; who gives one is answerable for it.
      const confined = request.body.url === undefined ? (kept?.confined ?? true) : isConfined(request);
      return cameras.save(id, { ...request.body, url, gallery: tenant.id }, confined);
    },
  );

  app.delete(
    '/api/cameras/:id',
    {
      config: { access: 'admin' },
      schema: {
        tags: ['cameras'],
        summary: 'Remove a camera; its events stay',
        params: idParams,
        querystring: z.object({ recordings: z.stringbool().default(false).describe('Remove them too.') }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      visible(request, request.params.id);
      await cameras.remove(request.params.id, request.query.recordings);
      return reply.status(204).send(null);
    },
  );

  app.post(
    '/api/cameras/test',
    {
      config: { access: 'admin', rateLimit: { max: 20, timeWindow: 60_000 } },
      schema: {
        tags: ['cameras'],
        summary: 'Open a camera for one picture',
        body: z.object({ url: z.string().min(1).max(2000).optional(), camera: idSchema.optional() }),
        response: {
          200: z.object({
            ok: z.boolean(),
            reason: z.string().optional(),
            width: z.number().optional(),
            height: z.number().optional(),
            fps: z.number().optional(),
            faces: z.number().optional(),
            picture: z.string().optional().describe('JPEG, base64.'),
          }),
        },
      },
    },
    async (request) => {
      const { url, camera } = request.body;
      if (camera !== undefined) visible(request, camera);
      const kept = camera === undefined ? undefined : cameras.kept(camera);
      const address = url ?? kept?.settings.url;
      if (address === undefined) throw new HttpProblem(400, 'Give a "url", or the id of a "camera".');
      if (url !== undefined) await checkAddress(request, url);
      const result = await testCamera(
        address,
        models.as(`test:${principalOf(request).name}`),
        codec,
        TEST_MS,
        (url === undefined ? kept?.confined : isConfined(request)) === true ? network() : undefined,
      );
      if (!result.ok) return result;
      const { jpeg, fps, ...facts } = result;
      return { ...facts, ...(fps !== undefined && { fps }), picture: Buffer.from(jpeg).toString('base64') };
    },
  );

  app.get(
    '/api/cameras/:id/recordings',
    {
      config: { access: 'read' },
      schema: {
        tags: ['cameras'],
        summary: 'Segments, the oldest first',
        params: idParams,
        response: {
          200: z.array(z.object({ name: z.string(), bytes: z.number(), modified: z.iso.datetime() })),
        },
      },
    },
    async (request) => {
      visible(request, request.params.id);
      const segments = await cameras.recordings.list(request.params.id);
      return segments.map(({ name, bytes, modifiedMs }) => ({
        name,
        bytes,
        modified: new Date(modifiedMs).toISOString(),
      }));
    },
  );

  app.get(
    '/api/cameras/:id/recordings/:name',
    {
      config: { access: 'read' },
      schema: {
        tags: ['cameras'],
        summary: 'A segment',
        params: idParams.extend({ name: z.string().regex(/^\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d\.mp4$/) }),
        produces: ['video/mp4'],
      },
    },
    async (request, reply) => {
      const { id, name } = request.params;
      visible(request, id);
      const segment = await cameras.recordings.read(id, name);
      if (segment === undefined) throw new HttpProblem(404, 'There is no such segment.');
      if (segment.bytes !== undefined) reply.header('content-length', segment.bytes);
      return reply.type('video/mp4').send(segment.content);
    },
  );
}
