import { isIP } from 'node:net';

/** True for addresses that only this machine reaches. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (bare === 'localhost' || bare === '::1') return true;
  if (bare.startsWith('::ffff:')) return isLoopbackHost(bare.slice(7));
  return isIP(bare) === 4 && bare.startsWith('127.');
}

/** The host in a `Host` or `Origin` header, without port. */
export function hostOf(header: string): string | undefined {
  try {
    return new URL(header.includes('://') ? header : `http://${header}`).hostname;
  } catch {
    return undefined;
  }
}
