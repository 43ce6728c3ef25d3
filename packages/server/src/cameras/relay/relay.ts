import { randomBytes } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { SELF_CONTAINED_FORMATS } from '@fr-stream/stream';
import type { NetworkPolicy } from '../../auth/network.js';
import { hidePasswords } from '../hide-passwords.js';
import { relayHttp } from './http-relay.js';
import { relayRtsp } from './rtsp-relay.js';
import { isSameUser } from './same-user.js';
import { addressOf, targetOf, type Target } from './target.js';

/** Where ffmpeg finds a camera. */
export interface RelayedCamera extends AsyncDisposable {
  readonly url: string;
  /** ffmpeg's arguments before `-i`. */
  readonly inputArgs: readonly string[];
}

const RELAYED = /^(rtsps?|https?):\/\//i;

const asItIs = (url: string): RelayedCamera => ({
  url,
  inputArgs: [],
  [Symbol.asyncDispose]: async () => undefined,
});

/**
 * A way to a camera on which its password is in no command line, which all users of a machine can read: ffmpeg connects
 * to a port of this process, and this process to the camera. Addresses that hold no secret are given as they are,
 * unless a policy has a say.
 * @param policy of those who named the camera: its host is looked up once, checked, and that address connected to; it
 * cannot lead to another one.
 * @param verified refuse who has no valid certificate: cameras sign their own, others do not.
 * @throws ArgumentError when the policy refuses the address.
 */
export async function relayCamera(
  url: string,
  policy: NetworkPolicy | undefined,
  verified = false,
): Promise<RelayedCamera> {
  if (policy === undefined && hidePasswords(url) === url) return asItIs(url);
  if (!RELAYED.test(url)) {
    // rtmp and srt have no certificates that would miss the name.
    const address = policy === undefined ? url : await pinned(url, policy);
    return hidePasswords(address) === address ? asItIs(address) : listed(address);
  }
  const target = targetOf(url);
  const token = randomBytes(16).toString('hex');
  const http = /^http/i.test(url);
  // Checked before anything listens, so that a refusal is told as one.
  await addressOf(target, policy);
  const server = http ? httpServer(target, token, policy, verified) : rtspServer(target, token, policy);
  const { port, close } = await listening(server);
  return {
    url: `${http ? 'http' : 'rtsp'}://127.0.0.1:${port}/${token}${http ? target.url.pathname : ''}`,
    // A playlist would lead to addresses that nobody has checked.
    inputArgs: http && policy !== undefined ? ['-format_whitelist', SELF_CONTAINED_FORMATS.join(',')] : [],
    [Symbol.asyncDispose]: close,
  };
}

/** On a port of this machine. */
async function listening(
  server: Server,
): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Of cameras that no relay speaks with. What comes from there can lead nowhere else: only this list may hold addresses. */
const LISTED_PROTOCOLS =
  'http,tcp,tls,udp,rtp,srtp,crypto,rtmp,rtmps,rtmpt,rtmpts,rtmpe,rtmpte,ffrtmphttp,srt,rist,sctp,ftp,sftp,mmsh,mmst';

/** ffmpeg reads the address from a list, which it is given over a connection, and not in its command line. */
async function listed(address: string): Promise<RelayedCamera> {
  const token = randomBytes(16).toString('hex');
  // A line ends the address; within quotes only the quote itself is special.
  const quoted = address.replaceAll(/[\r\n]/g, '').replaceAll("'", "'\\''");
  const list = `ffconcat version 1.0\nfile '${quoted}'\n`;
  const server = createHttpServer((request, response) => {
    void isSameUser(request.socket).then((own) => {
      if (own && request.url === `/${token}`) response.end(list);
      else response.writeHead(404).end();
    });
  });
  const { port, close } = await listening(server);
  return {
    url: `http://127.0.0.1:${port}/${token}`,
    inputArgs: ['-f', 'concat', '-safe', '0', '-protocol_whitelist', LISTED_PROTOCOLS],
    [Symbol.asyncDispose]: close,
  };
}

function httpServer(
  target: Target,
  token: string,
  policy: NetworkPolicy | undefined,
  verified: boolean,
): Server {
  const { origin } = new URL(target.url.href);
  return createHttpServer((request, response) => {
    const path = request.url ?? '';
    void isSameUser(request.socket).then(async (own) => {
      if (!own || !path.startsWith(`/${token}/`)) {
        response.writeHead(404).end();
        return;
      }
      const asked = path.slice(token.length + 1);
      // Others lie beside it, such as the pieces that a playlist names.
      const to = asked === target.url.pathname ? target : beside(target, origin + asked);
      await relayHttp(request, response, to, policy, verified);
    });
  });
}

function beside({ url }: Target, address: string): Target {
  const other = new URL(address);
  other.username = url.username;
  other.password = url.password;
  return targetOf(other.href);
}

function rtspServer(target: Target, token: string, policy: NetworkPolicy | undefined): Server {
  const server = createServer({ pauseOnConnect: true }, (player) => {
    player.on('error', () => player.destroy());
    const join = async (): Promise<void> => {
      if (!(await isSameUser(player))) throw new Error('somebody else');
      const { port } = server.address() as AddressInfo;
      const prefix = `rtsp://127.0.0.1:${port}/${token}`;
      // Each time: a camera may have another address by now.
      const address = await addressOf(target, policy);
      relayRtsp(player, { target, address, prefix, confined: policy !== undefined });
      player.resume();
    };
    join().catch(() => player.destroy());
  });
  return server;
}

async function pinned(url: string, policy: NetworkPolicy): Promise<string> {
  const address = await policy.check(url);
  const host = address.includes(':') ? `[${address}]` : address;
  // URL keeps the host of other schemes as it was typed: the place after the user info is replaced.
  return url.replace(/^([a-z]+:\/\/(?:[^/@]*@)?)(\[[^\]]*\]|[^:/?#]+)/i, `$1${host}`);
}
