import { request as requestHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { NetworkPolicy } from '../../auth/network.js';
import { answerChallenge } from './digest.js';
import { addressOf, targetOf, type Target } from './target.js';

/** How long a camera may take to answer. */
const ANSWER_MS = 15_000;
const MOST_REDIRECTS = 3;

interface Asked {
  readonly target: Target;
  readonly policy: NetworkPolicy | undefined;
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal;
  /** Only to who has a certificate for that name: cameras sign their own. */
  readonly verified: boolean;
}

/** One request to the camera, at the address that was looked up and checked. */
async function ask({ target, policy, headers, signal, verified }: Asked): Promise<IncomingMessage> {
  const address = await addressOf(target, policy);
  const { host, port, path, secure, url } = target;
  const options = {
    host: address,
    port,
    path,
    signal,
    headers: { ...headers, host: url.host },
    ...(secure && { servername: /[a-z]/i.test(host) ? host : '', rejectUnauthorized: verified }),
    agent: false as const,
  };
  return new Promise((resolve, reject) => {
    const request = (secure ? requestHttps : requestHttp)(options, resolve);
    request.setTimeout(ANSWER_MS, () => request.destroy(new Error('the camera does not answer')));
    request.on('response', () => request.setTimeout(0));
    request.on('error', reject).end();
  });
}

/** Asks with the password when it is asked for, and follows redirects, each to an address that is checked again. */
async function askThrough(first: Asked): Promise<IncomingMessage> {
  let asked = first;
  for (let redirects = 0; ;) {
    let answer = await ask(asked);
    const { credentials, path, url } = asked.target;
    const challenge = answer.headersDistinct['www-authenticate'] ?? [];
    const authorization = credentials && answerChallenge(challenge, 'GET', path, credentials);
    if (answer.statusCode === 401 && authorization !== undefined) {
      answer.destroy();
      answer = await ask({ ...asked, headers: { ...asked.headers, authorization } });
    }
    const { statusCode = 0, headers } = answer;
    if (statusCode < 300 || statusCode >= 400 || headers.location === undefined) return answer;
    answer.destroy();
    if (++redirects > MOST_REDIRECTS) throw new Error('the camera leads elsewhere again and again');
    const next = new URL(headers.location, url);
    if (next.protocol !== 'http:' && next.protocol !== 'https:')
      throw new Error('the camera leads elsewhere');
    // A password is for the host that it was given for.
    next.username = next.host === url.host ? url.username : '';
    next.password = next.host === url.host ? url.password : '';
    asked = { ...asked, target: targetOf(next.href) };
  }
}

/** Answers a player's request with what the camera sends. */
export async function relayHttp(
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
  policy: NetworkPolicy | undefined,
  verified = false,
): Promise<void> {
  const abort = new AbortController();
  response.on('close', () => abort.abort());
  const { range, accept } = request.headers;
  try {
    const answer = await askThrough({
      target,
      policy,
      headers: {
        'user-agent': 'fr-stream',
        ...(range !== undefined && { range }),
        ...(accept !== undefined && { accept }),
      },
      signal: abort.signal,
      verified,
    });
    const kept = ['content-type', 'content-length', 'content-range', 'accept-ranges'];
    const headers = Object.fromEntries(
      Object.entries(answer.headers).filter(([name]) => kept.includes(name)),
    );
    response.writeHead(answer.statusCode ?? 502, headers);
    answer.on('error', () => response.destroy());
    answer.pipe(response);
  } catch {
    if (response.headersSent) response.destroy();
    else response.writeHead(502).end();
  }
}
