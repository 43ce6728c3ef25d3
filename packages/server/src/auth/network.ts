import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { ArgumentError } from '@fr-stream/core';

/** What API users may name without being allowed to: cameras' protocols, nothing that reads files or other programs. */
const SCHEMES = new Set(['rtsp:', 'rtsps:', 'rtmp:', 'rtmps:', 'srt:', 'http:', 'https:']);

const inner = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  inner.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  inner.addSubnet(net, bits, 'ipv6');

export type Resolve = (host: string) => Promise<readonly { readonly address: string }[]>;
const resolveHost: Resolve = (host) => lookup(host, { all: true });

/**
 * Keeps API users from making the server reach into the network it stands in (SSRF): an address is refused unless it
 * is a camera's protocol and a public host, or one that the configuration allows. An IPv4 address in IPv6 clothes
 * counts as what it is.
 */
export class NetworkPolicy {
  readonly #hosts: ReadonlySet<string>;
  readonly #allowed = new BlockList();
  readonly #resolve: Resolve;

  /** @throws ArgumentError when an entry is neither a host name, an address, nor a CIDR block. */
  constructor(allow: readonly string[], resolve: Resolve = resolveHost) {
    this.#resolve = resolve;
    const hosts: string[] = [];
    for (const entry of allow) {
      const [net = '', bits] = entry.split('/');
      const family = isIP(net) === 6 ? 'ipv6' : 'ipv4';
      if (isIP(net) === 0) hosts.push(entry.toLowerCase());
      else if (bits === undefined) this.#allowed.addAddress(net, family);
      else if (/^\d+$/.test(bits) && Number(bits) <= (family === 'ipv4' ? 32 : 128))
        this.#allowed.addSubnet(net, Number(bits), family);
      else throw new ArgumentError(`network.allow: "${entry}" is no address block.`);
    }
    this.#hosts = new Set(hosts);
  }

  /**
   * @returns where to connect to: the address that was looked up, so that a name cannot mean another one later.
   * @throws ArgumentError
   */
  async check(address: string): Promise<string> {
    const refuse = (why: string): ArgumentError =>
      new ArgumentError(`This address is refused: ${why}.`, {
        hint: 'Whoever runs the server can allow it under network.allow, or put the camera into the configuration.',
      });
    let url: URL;
    try {
      url = new URL(address);
    } catch {
      throw refuse('it is no URL; devices and files stand in the configuration only');
    }
    if (!SCHEMES.has(url.protocol)) throw refuse(`${url.protocol}// is no camera's protocol`);
    // Only for the well-known schemes does URL bring 0x7f.1 and its kin into the one form that is looked up.
    const host = new URL(`http://${url.host}`).hostname.replace(/^\[|\]$/g, '');
    if (host === '') throw refuse('it names no host');
    const found = isIP(host) === 0 ? await this.#resolve(host).catch(() => []) : [{ address: host }];
    const [first] = found;
    if (first === undefined) throw refuse('its host is not known');
    if (this.#hosts.has(host)) return first.address;
    for (const { address: ip } of found) if (!this.#isOpen(ip)) throw refuse('it lies in an inner network');
    return first.address;
  }

  #isOpen(ip: string): boolean {
    const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1] ?? hexMapped(ip);
    const plain = mapped ?? ip;
    const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4';
    return this.#allowed.check(plain, family) || !inner.check(plain, family);
  }
}

/** `::ffff:7f00:1` is 127.0.0.1. */
function hexMapped(ip: string): string | undefined {
  const parts = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(ip);
  if (parts === null) return undefined;
  const [, first = '', second = ''] = parts;
  const [high, low] = [parseInt(first, 16), parseInt(second, 16)];
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}
