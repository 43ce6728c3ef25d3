import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';

const hexPort = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');

/**
 * Whether a connection from this machine is of our own user: others may see a relay's address, but not watch through
 * it. True where the system does not tell (only Linux does).
 */
export async function isSameUser({ remotePort, localPort }: Socket): Promise<boolean> {
  const own = process.getuid?.();
  if (own === undefined || remotePort === undefined || localPort === undefined) return true;
  const table = await readFile('/proc/net/tcp', 'utf8').catch(() => undefined);
  if (table === undefined) return true;
  for (const line of table.split('\n')) {
    // sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid
    const [, local = '', remote = '', , , , , uid] = line.trim().split(/\s+/);
    if (!local.endsWith(`:${hexPort(remotePort)}`) || !remote.endsWith(`:${hexPort(localPort)}`)) continue;
    return Number(uid) === own;
  }
  return false;
}
