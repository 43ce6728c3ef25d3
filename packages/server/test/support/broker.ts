import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';

const path = ['/usr/sbin/mosquitto', '/usr/bin/mosquitto', '/usr/local/sbin/mosquitto'].find((one) =>
  existsSync(one),
);
export const hasBroker = path !== undefined;
if (!hasBroker)
  console.warn('No Mosquitto is installed (apt-get install mosquitto): MQTT tests are skipped.');

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A real Mosquitto, and all that it was told. */
export class Broker implements AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly messages: { readonly topic: string; readonly text: string; readonly retain: boolean }[] = [];
  readonly #child: ChildProcess;
  readonly #client: MqttClient;

  private constructor(port: number, child: ChildProcess, client: MqttClient) {
    this.port = port;
    this.url = `mqtt://127.0.0.1:${port}`;
    this.#child = child;
    this.#client = client;
    client.on('message', (topic, payload, { retain }) =>
      this.messages.push({ topic, text: payload.toString(), retain }),
    );
  }

  /** @param host where it listens. */
  static async start(folder: string, host = '127.0.0.1'): Promise<Broker> {
    const port = await freePort();
    const config = join(folder, 'mosquitto.conf');
    await writeFile(config, `listener ${port} ${host}\nallow_anonymous true\n`);
    const child = spawn(path ?? '', ['-c', config], { stdio: 'ignore' });
    const url = `mqtt://127.0.0.1:${port}`;
    const client = mqtt.connect(url, { reconnectPeriod: 100 });
    client.on('error', () => undefined);
    await new Promise<void>((resolve) => client.once('connect', () => resolve()));
    const broker = new Broker(port, child, client);
    await client.subscribeAsync('#', { qos: 1 });
    return broker;
  }

  /** The latest on a topic. */
  last(topic: string): string | undefined {
    return this.messages.findLast((message) => message.topic === topic)?.text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.endAsync(true);
    this.#child.kill('SIGKILL');
  }
}
