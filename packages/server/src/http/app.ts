import multipart from '@fastify/multipart';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import websocket from '@fastify/websocket';
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyRequest,
  type FastifyServerOptions,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import type { Services } from '../services.js';
import { addGuard } from './guard.js';
import { pageRoutes } from './page-files.js';
import { HttpProblem, toProblem } from './problem.js';
import { cameraRoutes } from './routes/cameras.js';
import { eventRoutes } from './routes/events.js';
import { jobRoutes } from './routes/jobs.js';
import { libraryRoutes } from './routes/library.js';
import { liveRoutes } from './routes/live.js';
import { peopleRoutes } from './routes/people.js';
import { queueRoutes } from './routes/queue.js';
import { recogniseRoutes } from './routes/recognise.js';
import { sessionRoutes } from './routes/session.js';
import { systemRoutes } from './routes/system.js';
import { addSecurityHeaders } from './security-headers.js';
import { readCertificate } from './certificate.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** True once the body, a form too, has been read to its end. */
    bodyRead: boolean;
  }
}

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** The HTTP side: routes, who may call them, limits, documentation and the page. Does not listen yet. */
export async function createApp(services: Services): Promise<App> {
  const { tls, trustProxy, limits } = services.config();
  const https = await readCertificate(tls);
  const options: FastifyServerOptions = {
    loggerInstance: services.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy,
    bodyLimit: Math.floor(limits.bodyMegabytes * 1e6),
    requestTimeout: 600_000,
    connectionTimeout: 60_000,
    keepAliveTimeout: 10_000,
    forceCloseConnections: true,
  };
  const app = fastify({
    ...options,
    ...(https && { https }),
  } as FastifyServerOptions).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  addSecurityHeaders(app, https !== undefined);
  addErrors(app, services);
  addBodies(app);

  await app.register(rateLimit, {
    max: () => services.config().limits.requestsPerMinute,
    timeWindow: 60_000,
    // Before anybody is asked who they are, so that guessing keys is limited too.
    keyGenerator: (request) => request.ip,
  });
  await app.register(multipart, {
    attachFieldsToBody: 'keyValues',
    limits: { fileSize: Math.floor(limits.bodyMegabytes * 1e6), files: 10, fields: 20, fieldSize: 10_000 },
  });
  app.decorateRequest('bodyRead', false);
  app.addHook('preValidation', async (request) => {
    request.bodyRead = true;
  });
  await app.register(websocket, { options: { maxPayload: 1000 } });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'fr-stream', description: 'Faces in cameras, videos and photos.', version: '1' },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      security: [{ key: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  addGuard(app, services);
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    services.metrics.requests.observe(
      { route, method: request.method, status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    );
  });
  await app.register(async (scope) => {
    const api = scope.withTypeProvider<ZodTypeProvider>();
    for (const add of [
      sessionRoutes,
      systemRoutes,
      recogniseRoutes,
      peopleRoutes,
      libraryRoutes,
      eventRoutes,
      cameraRoutes,
      liveRoutes,
      jobRoutes,
      queueRoutes,
    ])
      add(api, services);
    await pageRoutes(api);
    api.get('/api/openapi.json', { config: { access: 'read' }, schema: { hide: true } }, async () =>
      app.swagger(),
    );
  });
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    staticCSP: false,
    uiConfig: { url: '/api/openapi.json', tryItOutEnabled: false, validatorUrl: null },
  });
  return app;
}

function addErrors(app: FastifyInstance, { log }: Services): void {
  app.setErrorHandler((error, request, reply) => {
    const problem = toProblem(unreadForm(request, error) ?? error);
    // Whoever has gone away is told nothing, and has broken nothing.
    const gone = request.raw.destroyed && !request.raw.complete;
    if (problem.status >= 500 && problem.status !== 503 && !gone)
      log.error({ err: error, route: request.routeOptions.url }, 'a request failed');
    if (problem.status === 503) reply.header('retry-after', '2');
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
    return reply.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  });
  app.setNotFoundHandler((_request, reply) =>
    reply
      .status(404)
      .type('application/problem+json')
      .send(JSON.stringify({ type: 'urn:fr-stream:problem:http-404', title: 'Not found', status: 404 })),
  );
}

/** What stops a form from being read to its end is the form's own fault. */
function unreadForm(request: FastifyRequest, error: unknown): HttpProblem | undefined {
  const known = error instanceof HttpProblem || (error as FastifyError).statusCode !== undefined;
  return known || !request.isMultipart() || request.bodyRead
    ? undefined
    : new HttpProblem(400, 'The form cannot be read.', 'Send it as multipart/form-data, whole.');
}

function addBodies(app: FastifyInstance): void {
  // A picture as the body is the field "image".
  app.addContentTypeParser(
    /^image\/[a-z.+-]+$/,
    { parseAs: 'buffer' },
    async (_request: unknown, body: Buffer) => ({
      image: body,
    }),
  );
  // Large files are not held in memory: whoever takes them reads the stream.
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
}
