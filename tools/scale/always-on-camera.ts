import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { findFfmpeg } from '@fr-stream/stream';

/** A camera that films whether somebody watches or not, as cameras do: MPEG-TS over HTTP, a keyframe each second. */
export class AlwaysOnCamera implements AsyncDisposable {
  readonly #server: Server;
  readonly #child: ChildProcess;
  readonly #viewers = new Set<ServerResponse>();

  private constructor(server: Server, child: ChildProcess) {
    this.#server = server;
    this.#child = child;
    server.on('request', (_request, response) => {
      response.writeHead(200, { 'content-type': 'video/mp2t' });
      this.#viewers.add(response);
      response.on('error', () => undefined);
      response.on('close', () => this.#viewers.delete(response));
    });
    child.stdout?.on('data', (data: Buffer) => {
      // Who cannot take it misses some, as of a camera.
      for (const response of this.#viewers) if (response.writableLength < 4e6) response.write(data);
    });
  }

  static async start(file: string): Promise<AlwaysOnCamera> {
    const { path } = await findFfmpeg();
    const input = ['-v', 'error', '-re', '-stream_loop', '-1', '-i', file, '-an', '-r', '10'];
    const encoding = ['-vf', 'scale=480:-2', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10'];
    const child = spawn(path, [...input, ...encoding, '-f', 'mpegts', 'pipe:1'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
    return new AlwaysOnCamera(server, child);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
