import { parseCookie } from './cookies.js';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { hostOf, isLoopbackHost } from '../auth/loopback.js';
import { mayAct, type Principal } from '../auth/principal.js';
import type { Role } from '../config/schema.js';
import type { Services } from '../services.js';
import type { Tenant } from '../people/tenant.js';
import { HttpProblem } from './problem.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined on public routes where nobody has said who they are. */
    principal: Principal | undefined;
  }
  interface FastifyContextConfig {
    /** Every route says who may call it; one that does not is refused when it is added. */
    access?: Role | 'public';
    /** Only for those who may see all galleries. */
    allGalleries?: boolean;
    /** Answers for as long as the connection lasts: whoever reads them is asked again and again. */
    staysOpen?: boolean;
  }
}

export const SESSION_COOKIE = 'frs_session';
/** How often it is seen whether those who stay connected still may. */
const REVIEW_MS = 2000;
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

type Guarded = Pick<Services, 'keys' | 'sessions' | 'tenants'>;

/** Asks everybody who they are, and lets nobody do what their role, session or origin does not allow. */
export function addGuard(app: FastifyInstance, services: Guarded): void {
  app.decorateRequest('principal', undefined);
  app.addHook('onRoute', (route) => {
    // The documentation's own routes come from its plugin.
    if (route.url.startsWith('/api/docs')) route.config = { ...route.config, access: 'read' };
    if (route.config?.access === undefined)
      throw new Error(`${String(route.method)} ${route.url} does not say who may call it`);
  });
  app.addHook('onRequest', async (request) => {
    const { access = 'admin', allGalleries = false, staysOpen = false } = request.routeOptions.config;
    if (request.is404) return;
    request.principal = identify(request, services);
    if (access === 'public') return;
    const { principal } = request;
    if (principal === undefined) {
      throw new HttpProblem(
        401,
        'Say who you are.',
        'Send "Authorization: Bearer KEY", or log in on the page.',
      );
    }
    requireOwnOrigin(request, principal);
    if (!mayAct(principal, access)) {
      throw new HttpProblem(403, `This takes the role "${access}"; this key has "${principal.role}".`);
    }
    if (allGalleries && principal.galleries.length < services.tenants.size)
      throw new HttpProblem(403, 'This key is bound to some galleries.');
    if (staysOpen) review(request, principal, access, services);
  });
}

/** Cuts a connection off when its key was revoked, or may less than it could, or its session has ended. */
function review(request: FastifyRequest, was: Principal, access: Role, services: Guarded): void {
  const { socket } = request.raw;
  const mayStill = (): boolean => {
    try {
      const now = identify(request, services);
      return (
        now !== undefined && mayAct(now, access) && was.galleries.every((id) => now.galleries.includes(id))
      );
    } catch (error) {
      if (error instanceof HttpProblem) return false;
      throw error;
    }
  };
  const timer = setInterval(() => {
    if (!mayStill()) socket.destroy();
  }, REVIEW_MS).unref();
  socket.once('close', () => clearInterval(timer));
}

function identify(request: FastifyRequest, { keys, sessions, tenants }: Guarded): Principal | undefined {
  const all = [...tenants.keys()];
  const visible = (galleries: readonly string[] | undefined): readonly string[] =>
    galleries === undefined ? all : all.filter((id) => galleries.includes(id));
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const key = /^Bearer (\S+)$/i.exec(authorization)?.[1];
    const stored = key === undefined ? undefined : keys.verify(key);
    if (stored === undefined) throw new HttpProblem(401, 'This key is not known.');
    return { name: stored.name, role: stored.role, galleries: visible(stored.galleries), via: 'key' };
  }
  if (keys.list().length === 0) {
    // Another site's page may make a name of its own point to 127.0.0.1; its requests then carry that name.
    const host = hostOf(request.headers.host ?? '');
    const { 'x-forwarded-for': passedOn, forwarded } = request.headers;
    if (host === undefined || !isLoopbackHost(host) || !isLoopbackHost(addressOf(request))) return undefined;
    // A proxy on this machine brings others.
    if (passedOn !== undefined || forwarded !== undefined) return undefined;
    return { name: 'local', role: 'admin', galleries: all, via: 'loopback' };
  }
  const token = parseCookie(request.headers.cookie, SESSION_COOKIE);
  const session = token === undefined ? undefined : sessions.find(token);
  const stored = session && keys.find(session.keyId);
  if (session === undefined || stored === undefined) return undefined;
  return {
    name: stored.name,
    role: stored.role,
    galleries: visible(stored.galleries),
    via: 'session',
    csrf: session.csrf,
  };
}

/** Where a request came from; empty where nobody is there any more: then a socket has no address. */
function addressOf({ ip }: { readonly ip: string | undefined }): string {
  return ip ?? '';
}

/** What browsers send by themselves is not enough to change anything, nor to open a socket. */
function requireOwnOrigin(request: FastifyRequest, principal: Principal): void {
  if (principal.via === 'key') return;
  const socket = request.headers.upgrade !== undefined;
  if (SAFE.has(request.method) && !socket) return;
  const { origin } = request.headers;
  if (origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === request.host))
    throw new HttpProblem(403, 'This page is not the server’s own.');
  if (socket || principal.via === 'loopback') return;
  if (request.headers['x-csrf-token'] !== principal.csrf)
    throw new HttpProblem(403, 'The header x-csrf-token is missing or wrong.', 'GET /api/session gives it.');
}

/** Who asks, on routes that are not public. */
export function principalOf({ principal }: FastifyRequest): Principal {
  if (principal === undefined) throw new HttpProblem(401, 'Say who you are.');
  return principal;
}

/** The gallery that a request is about. What somebody may not see does not exist. */
export function tenantOf(
  request: FastifyRequest,
  { tenants }: Pick<Services, 'tenants'>,
  wanted: string | undefined,
): Tenant {
  const { galleries } = principalOf(request);
  const id = wanted ?? galleries[0];
  const tenant = id !== undefined && galleries.includes(id) ? tenants.get(id) : undefined;
  if (tenant === undefined) throw new HttpProblem(404, `There is no gallery "${wanted ?? ''}".`);
  return tenant;
}
