import { createHash } from 'node:crypto';
import { decisionRule, enrolableAmong, moveFace, suggestMerges } from '@fr-stream/engine';
import { z } from 'zod';
import { cutFace, facePicture } from '../../events/event-pictures.js';
import type { Tenant } from '../../people/tenant.js';
import { useRowProducts } from '@fr-stream/backend-node';
import { knownPath } from '@fr-stream/stream';
import type { Services } from '../../services.js';
import type { App } from '../app.js';
import { principalOf, tenantOf } from '../guard.js';
import { lookInTurn } from '../look-in-turn.js';
import { galleryQuery, pictureField, severalPictures } from '../pictures.js';
import { HttpProblem } from '../problem.js';

const personSchema = z.object({
  id: z.string(),
  name: z.string(),
  unnamed: z.boolean(),
  faces: z.number(),
  cover: z.string().optional().describe('Address of a picture.'),
});
const faceSchema = z.object({
  id: z.string(),
  source: z.string(),
  quality: z.number(),
  kind: z.enum(['enrolled', 'photo', 'track', 'video']),
  by: z.enum(['user', 'machine']),
  picture: z.string().describe('Address of the picture.'),
});
const ref = z.object({ id: z.string().min(1).max(300) });
const faceRef = z.object({ face: z.string().min(1).max(300) });
const tags = ['people'];
/** Faces rated lower are not enrolled; as `fr-stream enroll`. */
const MIN_QUALITY = 0.25;

type Request = Parameters<typeof principalOf>[0];

/** Who is in a gallery, and all that can be said about them. */
export function peopleRoutes(app: App, services: Services): void {
  const { faces, codec, engine, recorder, jobs, models, config } = services;
  const modelsFor = (request: Request) =>
    models.as(`api:${principalOf(request).name}`, config().limits.inferenceSeconds * 1000);

  const pictureOf = (tenant: Tenant, faceId: string): string =>
    `/api/faces/${encodeURIComponent(faceId)}/picture?gallery=${tenant.id}`;
  const toPerson = async (tenant: Tenant, id: string): Promise<z.infer<typeof personSchema>> => {
    const person = await tenant.gallery.person(id);
    const own = await tenant.gallery.facesOf(person.id);
    const best = own.reduce<(typeof own)[number] | undefined>(
      (a, b) => (a === undefined || b.quality > a.quality ? b : a),
      undefined,
    );
    return {
      id: person.id,
      name: person.name,
      unnamed: person.unnamed === true,
      faces: own.length,
      ...(best && { cover: pictureOf(tenant, best.id) }),
    };
  };
  /** The person of this very id: names are for people, addresses go by ids. */
  const requirePerson = async (tenant: Tenant, id: string): Promise<void> => {
    if ((await tenant.gallery.person(id)).id !== id)
      throw new HttpProblem(404, `There is no person "${id}".`);
  };
  const edit = async (
    request: Request,
    gallery: string | undefined,
    act: (tenant: Tenant) => Promise<{ id: string }>,
  ) => {
    const tenant = tenantOf(request, services, gallery);
    const { id } = await act(tenant);
    return toPerson(tenant, id);
  };

  app.get(
    '/api/people',
    {
      config: { access: 'read' },
      schema: {
        tags,
        summary: 'Everybody: the named by name, then the unnamed, the largest groups first',
        querystring: galleryQuery.extend({
          who: z.enum(['all', 'named', 'unnamed']).default('all'),
          search: z.string().max(100).optional(),
          least: z.coerce
            .number()
            .int()
            .min(0)
            .default(0)
            .describe('Leave the unnamed with fewer faces out.'),
          offset: z.coerce.number().int().min(0).default(0),
          limit: z.coerce.number().int().min(1).max(500).default(100),
        }),
        response: { 200: z.object({ people: z.array(personSchema), total: z.number() }) },
      },
    },
    async (request) => {
      const { gallery, who, search, least, offset, limit } = request.query;
      const tenant = tenantOf(request, services, gallery);
      const wanted = search?.trim().toLocaleLowerCase();
      const everybody = (await tenant.gallery.people()).filter(
        ({ name, unnamed, faces: count }) =>
          (who === 'all' || (who === 'unnamed') === (unnamed === true)) &&
          (unnamed !== true || count >= least) &&
          (wanted === undefined || name.toLocaleLowerCase().includes(wanted)),
      );
      const named = everybody.filter(({ unnamed }) => unnamed !== true);
      const unnamed = everybody.filter((person) => person.unnamed === true).sort((a, b) => b.faces - a.faces);
      const page = [...named, ...unnamed].slice(offset, offset + limit);
      return {
        people: await Promise.all(page.map(({ id }) => toPerson(tenant, id))),
        total: everybody.length,
      };
    },
  );

  app.get(
    '/api/people/:id',
    {
      config: { access: 'read' },
      schema: {
        tags,
        summary: 'A person and all faces',
        params: ref,
        querystring: galleryQuery,
        response: { 200: personSchema.extend({ allFaces: z.array(faceSchema) }) },
      },
    },
    async (request) => {
      const tenant = tenantOf(request, services, request.query.gallery);
      const person = await toPerson(tenant, request.params.id);
      const own = await tenant.gallery.facesOf(person.id);
      return {
        ...person,
        allFaces: own.map(({ id, source, quality, kind = 'enrolled' as const, by = 'user' as const }) => ({
          id,
          source: knownPath(source),
          quality,
          kind,
          by,
          picture: pictureOf(tenant, id),
        })),
      };
    },
  );

  app.get(
    '/api/faces/:face/picture',
    {
      config: { access: 'read' },
      schema: {
        tags,
        summary: 'What a face looks like',
        params: faceRef,
        querystring: galleryQuery,
        produces: ['image/jpeg'],
      },
    },
    async (request, reply) => {
      const tenant = tenantOf(request, services, request.query.gallery);
      const face = await tenant.gallery.face(request.params.face);
      const picture = face && (await faces.read(tenant, face));
      if (picture === undefined) throw new HttpProblem(404, 'There is no picture of this face.');
      return reply
        .type('image/jpeg')
        .header('cache-control', 'private, max-age=3600')
        .send(Buffer.from(picture));
    },
  );

  app.post(
    '/api/people',
    {
      config: { access: 'tag' },
      schema: {
        tags,
        summary: 'Enrol: a name, and one picture or several of that one person',
        consumes: ['multipart/form-data'],
        querystring: galleryQuery,
        body: z.object({ name: z.string().min(1).max(200), image: pictureField }),
        response: { 200: personSchema },
      },
    },
    async (request) =>
      edit(request, request.query.gallery, async (tenant) => {
        const { gallery } = tenant;
        await gallery.requireEmbedder(engine.embedder.id);
        const client = modelsFor(request);
        const seen = [];
        for (const [i, picture] of severalPictures(request.body.image).entries()) {
          // Not embedded yet: first it is asked whether the face will do.
          const { image, faces: found } = await lookInTurn(request, services, picture, false);
          const face = await enrolableAmong(client, found, `picture ${i + 1}`, {
            minQuality: MIN_QUALITY,
            largest: false,
          });
          // By content: the same picture is enrolled once, however often it is sent.
          const id = `upload:${createHash('sha256').update(picture).digest('hex').slice(0, 32)}`;
          const box = found[0]?.detection.box;
          const cut = box && cutFace(image, box);
          seen.push({ id, face, jpeg: cut && (await facePicture(codec, cut)) });
        }
        const enrolment = await gallery.enroll(
          request.body.name,
          seen.map(({ id, face }) => ({
            ...face,
            id,
            source: `uploaded ${new Date().toISOString()}`,
          })),
          // Who looks like somebody else is not enrolled under a second name.
          { sameFrom: decisionRule(engine.embedderCard).sameFrom },
        );
        const added = new Set(enrolment.added.map(({ id }) => id));
        for (const { id, jpeg } of seen)
          if (added.has(id) && jpeg !== undefined) await faces.write(tenant, id, jpeg);
        return enrolment.person;
      }),
  );

  app.patch(
    '/api/people/:id',
    {
      config: { access: 'tag' },
      schema: {
        tags,
        summary: 'Name somebody; the unnamed who get a name that is taken are merged',
        params: ref,
        querystring: galleryQuery,
        body: z.object({ name: z.string().min(1).max(200) }),
        response: { 200: personSchema },
      },
    },
    async (request) =>
      edit(request, request.query.gallery, async (tenant) => {
        await requirePerson(tenant, request.params.id);
        return tenant.gallery.name(request.params.id, request.body.name);
      }),
  );

  app.delete(
    '/api/people/:id',
    {
      config: { access: 'admin' },
      schema: {
        tags,
        summary:
          'Forget somebody, beyond recovery: faces, pictures, and the name in events and results of jobs',
        params: ref,
        querystring: galleryQuery,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const tenant = tenantOf(request, services, request.query.gallery);
      const { id } = request.params;
      await requirePerson(tenant, id);
      const own = await tenant.gallery.facesOf(id);
      // Pictures first: after a crash in between the person is still there to be forgotten.
      await faces.forget(
        tenant,
        own.map((face) => face.id),
      );
      await recorder.forgetPerson(id);
      await jobs.forgetPerson(tenant.id, id);
      await tenant.forget(tenant.gallery.person(id));
      return reply.status(204).send(null);
    },
  );

  app.post(
    '/api/people/merge',
    {
      config: { access: 'tag' },
      schema: {
        tags,
        summary: 'Make several people one',
        querystring: galleryQuery,
        body: z.object({ people: z.array(z.string()).min(2).max(500), force: z.boolean().default(false) }),
        response: { 200: personSchema },
      },
    },
    async (request) =>
      edit(request, request.query.gallery, async (tenant) => {
        for (const id of request.body.people) await requirePerson(tenant, id);
        return tenant.gallery.merge(request.body.people, { force: request.body.force });
      }),
  );

  app.post(
    '/api/people/:id/split',
    {
      config: { access: 'tag' },
      schema: {
        tags,
        summary: 'Make a new, unnamed person of some faces',
        params: ref,
        querystring: galleryQuery,
        body: z.object({ faces: z.array(z.string()).min(1).max(5000) }),
        response: { 200: personSchema },
      },
    },
    async (request) =>
      edit(request, request.query.gallery, async (tenant) => {
        await requirePerson(tenant, request.params.id);
        return tenant.gallery.split(request.params.id, request.body.faces);
      }),
  );

  app.post(
    '/api/people/:id/not',
    {
      config: { access: 'tag' },
      schema: {
        tags,
        summary: 'Not the same: as another person, or not the one on a face',
        params: ref,
        querystring: galleryQuery,
        body: z.union([z.object({ person: z.string() }).strict(), z.object({ face: z.string() }).strict()]),
        response: { 200: personSchema },
      },
    },
    async (request) =>
      edit(request, request.query.gallery, async (tenant) => {
        const { id } = request.params;
        await requirePerson(tenant, id);
        if ('face' in request.body) return tenant.gallery.notThisFace(request.body.face, id);
        await requirePerson(tenant, request.body.person);
        return tenant.gallery.notSame(id, request.body.person);
      }),
  );

  app.post(
    '/api/faces/:face/move',
    {
      config: { access: 'tag' },
      schema: {
        tags,
        summary: 'Give one face to somebody else, or to nobody yet',
        params: faceRef,
        querystring: galleryQuery,
        body: z.object({ to: z.string().optional() }),
        response: { 200: personSchema },
      },
    },
    async (request) =>
      edit(request, request.query.gallery, (tenant) =>
        moveFace(tenant.gallery, request.params.face, request.body.to),
      ),
  );

  app.get(
    '/api/people/suggestions',
    {
      config: { access: 'read' },
      schema: {
        tags,
        summary: 'Are these the same?',
        querystring: galleryQuery.extend({ limit: z.coerce.number().int().min(1).max(100).default(20) }),
        response: {
          200: z.array(z.object({ first: personSchema, second: personSchema, score: z.number() })),
        },
      },
    },
    async (request) => {
      const tenant = tenantOf(request, services, request.query.gallery);
      const pairs = await suggestMerges(
        tenant.gallery,
        engine.embedder.threshold,
        request.query.limit,
        useRowProducts,
      );
      return Promise.all(
        pairs.map(async ({ first, second, score }) => ({
          first: await toPerson(tenant, first),
          second: await toPerson(tenant, second),
          score,
        })),
      );
    },
  );

  app.get(
    '/api/people/history',
    {
      config: { access: 'read' },
      schema: {
        tags,
        summary: 'What was changed, the latest first',
        querystring: galleryQuery,
        response: { 200: z.array(z.object({ at: z.string(), action: z.string() })) },
      },
    },
    async (request) => {
      const { gallery } = tenantOf(request, services, request.query.gallery);
      return (await gallery.history()).slice(0, 100).map(({ at, action }) => ({ at, action }));
    },
  );

  app.post(
    '/api/people/undo',
    {
      config: { access: 'tag' },
      schema: {
        tags,
        summary: 'Take the latest change back',
        querystring: galleryQuery,
        response: { 200: z.object({ at: z.string(), action: z.string() }) },
      },
    },
    async (request) => {
      const { gallery } = tenantOf(request, services, request.query.gallery);
      const { at, action } = await gallery.undo();
      return { at, action };
    },
  );
}
