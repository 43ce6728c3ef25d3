import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { freePort } from './broker.js';

const script = fileURLToPath(new URL('rtsp-server.py', import.meta.url));
// The bindings are of the system's own Python.
const python = '/usr/bin/python3';

export const hasRtspServer = spawnSync(python, [script]).status === 0;
if (!hasRtspServer)
  console.warn(
    'No RTSP server (apt-get install python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good): RTSP tests are skipped.',
  );

/** A real RTSP server that asks for a password by digest, and plays a file once to each who connects. */
export class RtspServer implements AsyncDisposable {
  readonly #file: string;
  readonly #port: number;
  #child: ChildProcess | undefined;

  private constructor(file: string, port: number) {
    this.#file = file;
    this.#port = port;
  }

  static async start(file: string): Promise<RtspServer> {
    const server = new RtspServer(file, await freePort());
    await server.switchOn();
    return server;
  }

  get url(): string {
    return `rtsp://ada:s3cret-word@127.0.0.1:${this.#port}/stream`;
  }

  async switchOn(): Promise<void> {
    const child = spawn(python, [script, String(this.#port), this.#file], {
      env: { ...process.env, RTSP_USER: 'ada', RTSP_PASSWORD: 's3cret-word' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    await new Promise((resolve, reject) => {
      child.stdout.once('data', resolve);
      child.once('exit', () => reject(new Error('the RTSP server ended')));
    });
  }

  async switchOff(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    await new Promise((resolve) => {
      child.once('exit', resolve);
      child.kill('SIGKILL');
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.switchOff();
  }
}
