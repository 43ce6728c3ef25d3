import type { NetworkPolicy } from '../../auth/network.js';
import type { Credentials } from './digest.js';

/** A camera behind a relay. */
export interface Target {
  readonly url: URL;
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  readonly credentials: Credentials | undefined;
  /** Path and query. */
  readonly path: string;
}

const PORTS: Readonly<Record<string, number>> = { 'rtsp:': 554, 'rtsps:': 322, 'http:': 80, 'https:': 443 };

/** @throws TypeError when it is no URL. */
export function targetOf(address: string): Target {
  const url = new URL(address);
  const { protocol, username, password, pathname, search } = url;
  return {
    url,
    secure: protocol === 'rtsps:' || protocol === 'https:',
    // Only for the well-known schemes does URL bring 0x7f.1 and its kin into the one form that is looked up.
    host: new URL(`http://${url.host}`).hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (PORTS[protocol] ?? 0) : Number(url.port),
    credentials:
      username === '' && password === ''
        ? undefined
        : { user: decodeURIComponent(username), password: decodeURIComponent(password) },
    path: `${pathname === '' ? '/' : pathname}${search}`,
  };
}

/** Looks an address up once and says where to connect to: what was checked is what is connected to. */
export async function addressOf(target: Target, policy: NetworkPolicy | undefined): Promise<string> {
  return policy === undefined ? target.host : policy.check(target.url.href);
}
