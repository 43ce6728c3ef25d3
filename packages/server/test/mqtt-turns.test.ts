import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mqttSchema } from '../src/config/schema.js';
import { mqttOutput, type MqttOutput } from '../src/deliver/mqtt.js';
import { Broker, hasBroker } from './support/broker.js';
import { removeFolder, tempFolder, until } from './support/compose.js';

describe.skipIf(!hasBroker)(hasBroker ? 'MQTT of servers that take turns' : 'no Mosquitto: skipped', () => {
  let folder: string;
  let broker: Broker;
  beforeEach(async () => {
    folder = await tempFolder();
    broker = await Broker.start(folder);
  });
  afterEach(async () => {
    await broker[Symbol.asyncDispose]();
    await removeFolder(folder);
  });

  it('leaves who delivers now to be there, though the one before is told to be gone later', async () => {
    const settings = mqttSchema.parse({ url: broker.url });
    const hall = { id: 'hall', name: 'Hall', gallery: 'home', online: true };
    const make = async (): Promise<MqttOutput> => {
      const said = broker.messages.length;
      const output = mqttOutput(settings, undefined, []);
      await output.announce([hall]);
      await until('its words', () =>
        broker.messages.slice(said).some(({ topic }) => topic === 'fr-stream/cameras/hall/person'),
      );
      return output;
    };
    const before = await make();
    const now = await make();
    await before.close();
    // As the first ends it says that nobody is there, which the other hears.
    await until('the end of the first', () => broker.messages.some(({ text }) => text === 'offline'));
    const gone = broker.messages.findLastIndex(({ text }) => text === 'offline');
    await until('the second to be there', () =>
      broker.messages
        .slice(gone)
        .some(({ topic, text }) => topic === 'fr-stream/status' && text === 'online'),
    );
    // The end of the last stands.
    await now.close();
    await until('the end of both', () => broker.last('fr-stream/status') === 'offline');
    expect(broker.last('fr-stream/cameras/hall/state')).toBe('online');
  });
});
