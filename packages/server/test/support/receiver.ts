import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServerEvent } from '@fr-stream/server';

/** A webhook's other side. */
export class Receiver implements AsyncDisposable {
  /** As they were taken, doubles and all. */
  readonly events: ServerEvent[] = [];
  refused = 0;
  /** While it is true all are refused. */
  refusing = false;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        if (this.refusing) this.refused++;
        else this.events.push(JSON.parse(body) as ServerEvent);
        response.writeHead(this.refusing ? 503 : 204).end();
      });
    });
  }

  /** @param host where it listens. */
  static async start(host = '127.0.0.1'): Promise<Receiver> {
    const receiver = new Receiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, host, resolve));
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  /** Each once, in the order in which they came first. */
  get distinct(): readonly ServerEvent[] {
    return [...new Map(this.events.map((event) => [event.id, event])).values()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
