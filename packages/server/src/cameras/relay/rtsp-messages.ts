/** A request or an answer, or binary data between them (RFC 2326, section 10.12). */
export type RtspPiece =
  | { readonly kind: 'data'; readonly bytes: Buffer }
  | {
      readonly kind: 'message';
      readonly first: string;
      readonly headers: readonly (readonly [name: string, value: string])[];
      readonly body: Buffer;
    };
export type RtspMessage = Extract<RtspPiece, { kind: 'message' }>;

/** Heads and bodies are small; what claims to be larger is no RTSP. */
const MOST_HEAD = 64 * 1024;
const MOST_BODY = 1024 * 1024;
const DATA = 0x24;

/** Divides a connection into pieces. */
export class RtspReader {
  #held: Buffer = Buffer.alloc(0);

  /** @throws Error when it is no RTSP. */
  *read(chunk: Buffer): Generator<RtspPiece> {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    for (;;) {
      const piece = this.#next();
      if (piece === undefined) return;
      yield piece;
    }
  }

  #take(length: number): Buffer {
    const bytes = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    return bytes;
  }

  #next(): RtspPiece | undefined {
    const held = this.#held;
    if (held.length === 0) return undefined;
    if (held[0] === DATA) {
      if (held.length < 4) return undefined;
      const length = 4 + held.readUInt16BE(2);
      return held.length < length ? undefined : { kind: 'data', bytes: this.#take(length) };
    }
    const end = held.indexOf('\r\n\r\n');
    if (end < 0) {
      if (held.length > MOST_HEAD) throw new Error('this is no RTSP');
      return undefined;
    }
    const [first = '', ...lines] = held.toString('latin1', 0, end).split('\r\n');
    const headers = lines.map((line): readonly [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    });
    const length = Number(headerOf({ headers }, 'content-length') ?? 0);
    if (!(length >= 0 && length <= MOST_BODY)) throw new Error('this is no RTSP');
    if (held.length < end + 4 + length) return undefined;
    this.#take(end + 4);
    return { kind: 'message', first, headers, body: this.#take(length) };
  }
}

export function headersOf({ headers }: Pick<RtspMessage, 'headers'>, name: string): readonly string[] {
  return headers.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value);
}

export function headerOf(message: Pick<RtspMessage, 'headers'>, name: string): string | undefined {
  return headersOf(message, name)[0];
}

export function writeMessage({ first, headers, body }: Omit<RtspMessage, 'kind'>): Buffer {
  const head = [first, ...headers.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}
