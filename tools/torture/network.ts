import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { once } from 'node:events';

/**
 * A network namespace of one's own has no network at all, and counts every attempt: packets that find no route,
 * connections that are begun, packets that are sent.
 */
const COUNTERS: Readonly<Record<string, readonly string[]>> = {
  Ip: ['OutRequests', 'OutNoRoutes'],
  Tcp: ['ActiveOpens', 'OutSegs'],
  Udp: ['OutDatagrams'],
};

/** Attempts of all processes of this network namespace so far. Linux only. */
export async function networkAttempts(): Promise<number> {
  const lines = (await readFile('/proc/net/snmp', 'utf8')).split('\n').map((line) => line.split(/[: ]+/));
  let attempts = 0;
  for (const [i, [protocol = '', ...names]] of lines.entries()) {
    // Two lines per protocol: names, then values.
    if (names.every((name) => /^-?\d*$/.test(name))) continue;
    const values = lines[i + 1]?.slice(1) ?? [];
    for (const name of COUNTERS[protocol] ?? []) attempts += Number(values[names.indexOf(name)] ?? 0);
  }
  const six = /^Ip6OutNoRoutes\s+(\d+)/m.exec(await readFile('/proc/net/snmp6', 'utf8').catch(() => ''));
  return attempts + Number(six?.[1] ?? 0);
}

/** An attempt of our own is counted: otherwise "none" would say nothing. */
async function counts(): Promise<boolean> {
  const before = await networkAttempts();
  const socket = connect({ host: '192.0.2.1', port: 9 });
  await once(socket, 'connect').catch(() => undefined);
  socket.destroy();
  return (await networkAttempts()) > before;
}

/** @throws Error when attempts would not be counted. @returns how many there were before. */
export async function startCounting(): Promise<number> {
  if (!(await counts())) throw new Error('attempts to reach the network are not counted here');
  return networkAttempts();
}
