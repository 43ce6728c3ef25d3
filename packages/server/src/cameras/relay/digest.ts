import { createHash, randomBytes } from 'node:crypto';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** The parameters of a challenge: `realm="x", nonce="y", qop=auth`. */
function parametersOf(text: string): ReadonlyMap<string, string> {
  const found = text.matchAll(/([a-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/gi);
  return new Map([...found].map(([, name = '', quoted, bare]) => [name.toLowerCase(), quoted ?? bare ?? '']));
}

/**
 * The `Authorization` header that answers a challenge of HTTP or RTSP: Digest (RFC 7616, MD5 and SHA-256) before Basic.
 * @param challenges all `WWW-Authenticate` headers.
 * @returns undefined when none of them can be answered.
 */
export function answerChallenge(
  challenges: readonly string[],
  method: string,
  uri: string,
  { user, password }: Credentials,
): string | undefined {
  for (const challenge of challenges) {
    if (!/^digest\s/i.test(challenge)) continue;
    const given = parametersOf(challenge.slice('digest'.length));
    const algorithm = given.get('algorithm') ?? 'MD5';
    const hash = /^md5$/i.test(algorithm) ? 'md5' : /^sha-256$/i.test(algorithm) ? 'sha256' : undefined;
    if (hash === undefined) continue;
    const h = (text: string): string => createHash(hash).update(text).digest('hex');
    const [realm, nonce, opaque] = [given.get('realm') ?? '', given.get('nonce') ?? '', given.get('opaque')];
    const auth = (given.get('qop') ?? '').split(',').some((one) => one.trim() === 'auth');
    const [count, own] = ['00000001', randomBytes(8).toString('hex')];
    const between = auth ? `${nonce}:${count}:${own}:auth` : nonce;
    const response = h(`${h(`${user}:${realm}:${password}`)}:${between}:${h(`${method}:${uri}`)}`);
    return [
      `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}"`,
      ...(given.has('algorithm') ? [`algorithm=${algorithm}`] : []),
      ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
      ...(auth ? [`qop=auth, nc=${count}, cnonce="${own}"`] : []),
    ].join(', ');
  }
  if (!challenges.some((challenge) => /^basic\b/i.test(challenge))) return undefined;
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
