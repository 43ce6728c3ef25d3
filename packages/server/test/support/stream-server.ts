import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { findFfmpeg } from '@fr-stream/stream';

/** A camera of the tests: an endless MPEG transport stream over HTTP, made by a real ffmpeg from a looped file. */
export class StreamServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #viewers = new Map<ServerResponse, ChildProcess>();
  #on = true;
  /** How often somebody has connected. */
  connections = 0;
  /** How many watched at one time, at most. */
  most = 0;
  /** How many watch now. */
  get watching(): number {
    return this.#viewers.size;
  }
  /** How often somebody was refused. */
  refused = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(file: string): Promise<StreamServer> {
    const { path } = await findFfmpeg();
    const http = createServer();
    const server = new StreamServer(http);
    http.on('request', (_request, response) => server.#serve(path, file, response));
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/stream.ts`;
  }

  /** Cuts everybody off, and refuses until it is switched on. */
  switch(on: boolean): void {
    this.#on = on;
    if (on) return;
    for (const response of this.#viewers.keys()) response.destroy();
  }

  #serve(ffmpeg: string, file: string, response: ServerResponse): void {
    if (!this.#on) {
      this.refused++;
      response.writeHead(503).end();
      return;
    }
    this.connections++;
    response.writeHead(200, { 'content-type': 'video/mp2t' });
    const child = spawn(
      ffmpeg,
      // Encoded: a looped copy has time stamps that jump.
      [
        '-v',
        'error',
        '-re',
        '-stream_loop',
        '-1',
        '-i',
        file,
        '-an',
        '-r',
        '10',
        '-vf',
        'scale=480:-2',
      ].concat(['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10', '-f', 'mpegts', 'pipe:1']),
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    this.#viewers.set(response, child);
    this.most = Math.max(this.most, this.#viewers.size);
    child.stdout.pipe(response);
    response.on('error', () => undefined);
    response.on('close', () => {
      child.kill('SIGKILL');
      this.#viewers.delete(response);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#viewers.values()) child.kill('SIGKILL');
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
