import {
  decideIdentities,
  dotProduct,
  GalleryError,
  type Candidate,
  type Identity,
  itemAt,
} from '@fr-stream/core';
import { decisionRule, judge } from '@fr-stream/engine';
import { z } from 'zod';
import type { SeenFace, SeenPicture } from '../../people/look-at.js';
import type { Services } from '../../services.js';
import type { principalOf } from '../guard.js';
import { tenantOf } from '../guard.js';
import { lookInTurn } from '../look-in-turn.js';
import { galleryQuery, onePicture, pictureField } from '../pictures.js';
import type { App } from '../app.js';

const boxSchema = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });
const detected = z.object({
  box: boxSchema.describe('Pixels of the upright original.'),
  score: z.number(),
  landmarks: z.array(z.tuple([z.number(), z.number()])).optional(),
  quality: z.number().describe('0..1'),
});
const candidate = z.object({ personId: z.string(), name: z.string(), score: z.number() });
const recognised = detected.extend({
  identity: z.object({
    kind: z.enum(['known', 'unknown']),
    personId: z.string().optional(),
    name: z.string().optional(),
    score: z.number().optional(),
    reason: z.string().optional(),
    nearest: candidate.optional().describe('The most alike, where that is not enough for a name.'),
    rival: candidate.optional().describe('`ambiguous`: who is as like; likely one person under two names.'),
  }),
});
const pictureOf = <T extends z.ZodType>(face: T) =>
  z.object({ width: z.number(), height: z.number(), faces: z.array(face) });
const judgement = z.object({
  same: z.boolean(),
  cosine: z.number(),
  threshold: z.number(),
  confidence: z.number().nullable(),
  falseAcceptRate: z.number().nullable(),
});

const round = (value: number): number => Math.round(value * 1e4) / 1e4;

function toDetected(face: SeenFace, picture: SeenPicture): z.infer<typeof detected> {
  const scale = picture.width / picture.image.width;
  const { box, score, landmarks } = face.detection;
  const at = (value: number): number => Math.round(value * scale * 10) / 10;
  return {
    box: { x: at(box.x), y: at(box.y), width: at(box.width), height: at(box.height) },
    score: round(score),
    ...(landmarks && { landmarks: landmarks.points.map(({ x, y }): [number, number] => [at(x), at(y)]) }),
    quality: round(face.quality.overall),
  };
}

function toIdentity(identity: Identity): z.infer<typeof recognised>['identity'] {
  if (identity.kind === 'unknown') {
    const { reason, nearest, rival } = identity;
    const told = (one: Candidate) => ({ ...one, score: round(one.score) });
    return {
      kind: 'unknown',
      reason,
      ...(reason === 'ambiguous' && nearest && { nearest: told(nearest) }),
      ...(rival && { rival: told(rival) }),
    };
  }
  const { personId, name, score } = identity;
  return { kind: 'known', personId, name, score: round(score) };
}

/** The largest face. @throws GalleryError (GALLERY_NO_FACE) */
function mainFace(picture: SeenPicture, field: string): SeenFace {
  const [face] = picture.faces;
  if (face === undefined) throw new GalleryError('GALLERY_NO_FACE', `No face was found in "${field}".`);
  return face;
}

/** Who is in an uploaded picture. */
export function recogniseRoutes(app: App, services: Services): void {
  const { engine } = services;
  /** The faces in an uploaded picture, when it is the request's turn. */
  const look = (request: Parameters<typeof principalOf>[0], picture: Uint8Array, embed = true) =>
    lookInTurn(request, services, picture, embed);
  const one = z.object({ image: pictureField });
  const common = {
    tags: ['recognition'],
    consumes: ['multipart/form-data', 'image/jpeg', 'image/png', 'image/webp'],
  };

  app.post(
    '/api/detect',
    {
      config: { access: 'read' },
      schema: { ...common, summary: 'Find faces', body: one, response: { 200: pictureOf(detected) } },
    },
    async (request) => {
      const picture = await look(request, onePicture(request.body.image), false);
      return {
        width: picture.width,
        height: picture.height,
        faces: picture.faces.map((face) => toDetected(face, picture)),
      };
    },
  );

  app.post(
    '/api/recognise',
    {
      config: { access: 'read' },
      schema: {
        ...common,
        summary: 'Find faces and say who they are',
        querystring: galleryQuery,
        body: one,
        response: { 200: pictureOf(recognised) },
      },
    },
    async (request) => {
      const { gallery } = tenantOf(request, services, request.query.gallery);
      const picture = await look(request, onePicture(request.body.image));
      await gallery.requireEmbedder(engine.embedder.id);
      const candidates = await Promise.all(
        picture.faces.map(({ embedding }) => gallery.search(embedding.vector)),
      );
      const identities = decideIdentities(candidates, decisionRule(engine.embedderCard));
      return {
        width: picture.width,
        height: picture.height,
        faces: picture.faces.map((face, i) => ({
          ...toDetected(face, picture),
          identity: toIdentity(itemAt(identities, i)),
        })),
      };
    },
  );

  app.post(
    '/api/search',
    {
      config: { access: 'read' },
      schema: {
        ...common,
        summary: 'Who looks most like the largest face',
        querystring: galleryQuery.extend({ limit: z.coerce.number().int().min(1).max(100).default(10) }),
        body: one,
        response: { 200: z.object({ face: detected, people: z.array(candidate) }) },
      },
    },
    async (request) => {
      const { gallery } = tenantOf(request, services, request.query.gallery);
      const picture = await look(request, onePicture(request.body.image));
      const face = mainFace(picture, 'image');
      await gallery.requireEmbedder(engine.embedder.id);
      const people = await gallery.search(face.embedding.vector, request.query.limit);
      return {
        face: toDetected(face, picture),
        people: people.map((one) => ({ ...one, score: round(one.score) })),
      };
    },
  );

  app.post(
    '/api/verify',
    {
      config: { access: 'read' },
      schema: {
        ...common,
        summary: 'Is this somebody of the gallery?',
        querystring: galleryQuery,
        body: z.object({ image: pictureField, person: z.string().min(1) }),
        response: { 200: judgement },
      },
    },
    async (request) => {
      const { gallery } = tenantOf(request, services, request.query.gallery);
      const person = await gallery.person(request.body.person);
      await gallery.requireEmbedder(engine.embedder.id);
      const picture = await look(request, onePicture(request.body.image));
      const { vector } = mainFace(picture, 'image').embedding;
      const all = (await gallery.people()).length;
      const found = (await gallery.search(vector, Math.max(1, all))).find(
        ({ personId }) => personId === person.id,
      );
      return toJudgement(judge(engine, found?.score ?? -1, {}));
    },
  );

  app.post(
    '/api/compare',
    {
      config: { access: 'read' },
      schema: {
        ...common,
        consumes: ['multipart/form-data'],
        summary: 'Do two pictures show one person?',
        body: z.object({ first: pictureField, second: pictureField }),
        response: { 200: judgement },
      },
    },
    async (request) => {
      const [a, b] = await Promise.all([
        look(request, onePicture(request.body.first, 'first')),
        look(request, onePicture(request.body.second, 'second')),
      ]);
      const cosine = dotProduct(
        mainFace(a, 'first').embedding.vector,
        mainFace(b, 'second').embedding.vector,
      );
      return toJudgement(judge(engine, cosine, {}));
    },
  );
}

function toJudgement({ same, cosine, threshold, confidence, falseAcceptRate }: ReturnType<typeof judge>) {
  return { same, cosine: round(cosine), threshold: round(threshold), confidence, falseAcceptRate };
}
