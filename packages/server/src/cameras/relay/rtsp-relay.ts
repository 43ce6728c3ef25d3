import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { answerChallenge } from './digest.js';
import { headerOf, headersOf, RtspReader, writeMessage, type RtspMessage } from './rtsp-messages.js';
import type { Target } from './target.js';

/** How long a camera may take to accept a connection. */
const CONNECT_MS = 15_000;

export interface RtspRelayOptions {
  readonly target: Target;
  /** Where to connect to. */
  readonly address: string;
  /** What requests name the camera by on this side, such as `rtsp://127.0.0.1:4000/TOKEN`. */
  readonly prefix: string;
  /** The camera must not lead elsewhere. */
  readonly confined: boolean;
}

/**
 * Joins a player to a camera: requests get the camera's address and password, which the player does not know. Ends
 * both connections when one ends.
 */
export function relayRtsp(player: Socket, { target, address, prefix, confined }: RtspRelayOptions): void {
  const { host, port, secure, credentials, url } = target;
  const camera: Socket = secure
    ? connectSecurely({
        host: address,
        port,
        servername: /[a-z]/i.test(host) ? host : '',
        rejectUnauthorized: false,
      })
    : connect({ host: address, port });
  camera.setTimeout(CONNECT_MS, () => camera.destroy());
  camera.once(secure ? 'secureConnect' : 'connect', () => camera.setTimeout(0));
  const end = (): void => {
    player.destroy();
    camera.destroy();
  };
  for (const socket of [player, camera]) {
    socket.setNoDelay(true);
    socket.on('error', end).on('close', end);
  }

  const base = `${secure ? 'rtsps' : 'rtsp'}://${url.host}`;
  const sent = new Map<string, { readonly message: RtspMessage; asked: boolean }>();
  let challenges: readonly string[] = [];

  const withAnswer = (message: RtspMessage): RtspMessage => {
    const [method = '', uri = ''] = message.first.split(' ');
    const answer = credentials && answerChallenge(challenges, method, uri, credentials);
    if (answer === undefined) return message;
    const rest = message.headers.filter(([name]) => name.toLowerCase() !== 'authorization');
    return { ...message, headers: [...rest, ['Authorization', answer]] };
  };
  const toCamera = (message: RtspMessage): void => {
    const [method = '', uri = '', version = ''] = message.first.split(' ');
    // The query may be a secret: the player is not told of it, and names the stream without.
    const own = uri.startsWith(prefix) ? uri.slice(prefix.length).replace(/^\//, '') : undefined;
    const wanted = own === undefined ? uri : own === '' ? base + target.path : `${base}/${own}`;
    const addressed = { ...message, first: [method, wanted, version].join(' ') };
    const sequence = headerOf(message, 'cseq');
    if (sequence !== undefined) sent.set(sequence, { message: addressed, asked: false });
    camera.write(writeMessage(withAnswer(addressed)));
  };
  const toPlayer = (message: RtspMessage): void => {
    const sequence = headerOf(message, 'cseq') ?? '';
    const request = sent.get(sequence);
    const status = Number(/^RTSP\/1\.\d (\d{3})/.exec(message.first)?.[1]);
    if (status === 401 && request !== undefined && !request.asked && credentials !== undefined) {
      request.asked = true;
      challenges = headersOf(message, 'www-authenticate');
      camera.write(writeMessage(withAnswer(request.message)));
      return;
    }
    sent.delete(sequence);
    const leadsAway = confined && status >= 300 && status < 400;
    const answer = leadsAway
      ? { first: 'RTSP/1.0 403 Forbidden', headers: [['CSeq', sequence] as const], body: Buffer.alloc(0) }
      : message;
    player.write(writeMessage(answer));
  };

  const pump = (from: Socket, to: Socket, onMessage: (message: RtspMessage) => void): void => {
    const reader = new RtspReader();
    from.on('data', (chunk: Buffer) => {
      try {
        for (const piece of reader.read(chunk)) {
          if (piece.kind === 'message') onMessage(piece);
          else to.write(piece.bytes);
        }
      } catch {
        end();
      }
      // What cannot be passed on yet waits with whoever sends it.
      if (to.writableNeedDrain) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    });
  };
  pump(player, camera, toCamera);
  pump(camera, player, (message) =>
    message.first.startsWith('RTSP/') ? toPlayer(message) : player.write(writeMessage(message)),
  );
}
