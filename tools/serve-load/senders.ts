import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { findFfmpeg } from '@fr-stream/stream';

/** Cameras over HTTP, which send files at their own speed, not encoded again. */
export class Senders implements AsyncDisposable {
  readonly #server: Server;
  readonly #children = new Set<ChildProcess>();
  /** When the first byte of each camera left, by `performance.now()`. */
  readonly began = new Map<number, number>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param files one for each camera. */
  static async start(files: readonly string[]): Promise<Senders> {
    const { path } = await findFfmpeg();
    const server = createServer();
    const senders = new Senders(server);
    server.on('request', (request, response) => {
      const camera = Number(request.url?.slice(1).replace('.ts', ''));
      const file = files[camera];
      if (file === undefined) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, { 'content-type': 'video/mp2t' });
      const args = ['-v', 'error', '-re', '-i', file, '-c', 'copy', '-muxdelay', '0', '-flush_packets', '1'];
      const child = spawn(path, [...args, '-f', 'mpegts', 'pipe:1'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      senders.#children.add(child);
      child.stdout.once('data', () => senders.began.set(camera, performance.now()));
      child.stdout.pipe(response);
      response.on('close', () => {
        child.kill('SIGKILL');
        senders.#children.delete(child);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return senders;
  }

  url(camera: number): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${camera}.ts`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
