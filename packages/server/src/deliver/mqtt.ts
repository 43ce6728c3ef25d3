import mqtt, { type MqttClient } from 'mqtt';
import type { MqttSettings } from '../config/schema.js';
import type { ServerEvent } from '../events/event.js';
import type { OpenStay } from '../store/event-store.js';
import type { EventSink } from './event-sink.js';
import { passes } from './filter.js';
import { discoveryMessages, type DiscoveredCamera } from './mqtt-discovery.js';

export interface AnnouncedCamera extends DiscoveredCamera {
  readonly gallery: string;
  readonly online: boolean;
}

export interface MqttOutput extends EventSink {
  /** Announces cameras (and takes back those that are gone) to Home Assistant, and says which of them are there. */
  announce(cameras: readonly AnnouncedCamera[]): Promise<void>;
  /** Says on `PREFIX/cameras/ID/state` whether a camera is there. */
  cameraState(camera: string, online: boolean): void;
}

/**
 * Publishes each event on `PREFIX/events/CAMERA` (QoS 1), who is in view on `PREFIX/cameras/ID/person`, and whether
 * server and cameras are there. The broker itself says `offline` when the server is gone; where several take turns, the
 * one that delivers takes that back. What the settings leave out is
 * not told in any of these ways.
 * @param stays who is in view already.
 */
export function mqttOutput(
  settings: MqttSettings,
  password: string | undefined,
  stays: readonly OpenStay[],
): MqttOutput {
  const { prefix } = settings;
  const status = `${prefix}/status`;
  const client: MqttClient = mqtt.connect(settings.url, {
    ...(settings.username !== undefined && { username: settings.username }),
    ...(password !== undefined && { password }),
    reconnectPeriod: 2000,
    connectTimeout: 10_000,
    queueQoSZero: false,
    will: { topic: status, payload: Buffer.from('offline'), qos: 1, retain: true },
  });
  let closing = false;
  let cameras: readonly AnnouncedCamera[] = [];
  const states = new Map<string, boolean>();
  const present = new Map<string, Map<string, string>>();
  for (const { id, camera, gallery, person, stranger, label } of stays) {
    const type = person !== undefined ? 'person.identified' : 'stranger.appeared';
    if (person === undefined && stranger !== true) continue;
    if (passes(settings, { type, camera, gallery })) note(present, camera).set(id, nameOf(person, label));
  }
  // Its failures show where something is delivered; without a listener they would end the process.
  client.on('error', () => undefined);
  const retained = (topic: string, payload: string): Promise<unknown> =>
    client.publishAsync(topic, payload, { qos: 1, retain: true });
  const sayState = (camera: string): Promise<unknown> =>
    retained(`${prefix}/cameras/${camera}/state`, states.get(camera) === true ? 'online' : 'offline');
  const sayPresent = (camera: string): Promise<unknown> => {
    const names = [...new Set(present.get(camera)?.values() ?? [])];
    return retained(`${prefix}/cameras/${camera}/person`, names.length === 0 ? 'none' : names.join(', '));
  };
  const sayAll = async (): Promise<void> => {
    await retained(status, 'online');
    if (settings.discovery !== false)
      for (const { topic, payload } of discoveryMessages(settings.discovery, prefix, cameras))
        await retained(topic, payload);
    for (const { id } of cameras) {
      await sayState(id);
      await sayPresent(id);
    }
  };
  client.on('connect', () => {
    client.subscribe(status, { qos: 1 }, () => undefined);
    void sayAll().catch(() => undefined);
  });
  // Another server that delivered before this one is gone, and its broker says so late: what this one said stands.
  client.on('message', (topic, payload, { retain }) => {
    if (retain || closing || topic !== status || payload.toString() !== 'offline') return;
    void sayAll().catch(() => undefined);
  });

  const notePresence = (event: ServerEvent): boolean => {
    if (event.stay === undefined) return false;
    const inView = note(present, event.camera);
    if (event.type === 'person.left' || event.type === 'stranger.left') inView.delete(event.stay);
    else if (event.type === 'person.identified' || event.type === 'stranger.appeared')
      inView.set(event.stay, nameOf(event.person, event.label));
    else return false;
    return true;
  };

  return {
    name: 'mqtt',
    giveUpMs: settings.giveUpHours * 3600_000,
    accepts: (event) => passes(settings, event),
    deliver: async (event, signal) => {
      if (!client.connected) throw new Error(`there is no connection to ${new URL(settings.url).host}`);
      const sent = client.publishAsync(`${prefix}/events/${event.camera}`, JSON.stringify(event), { qos: 1 });
      await withDeadline(sent, 15_000, signal);
      if (notePresence(event)) await withDeadline(sayPresent(event.camera), 15_000, signal);
    },
    announce: async (all) => {
      const next = all.filter(
        ({ id, gallery }) =>
          settings.cameras?.includes(id) !== false && settings.galleries?.includes(gallery) !== false,
      );
      for (const { id, online } of next) states.set(id, online);
      const gone = cameras.filter(({ id }) => !next.some((camera) => camera.id === id));
      cameras = next;
      if (!client.connected) return;
      if (settings.discovery !== false)
        for (const { topic } of discoveryMessages(settings.discovery, prefix, gone))
          await retained(topic, '');
      await sayAll();
    },
    cameraState: (camera, online) => {
      states.set(camera, online);
      if (client.connected && cameras.some(({ id }) => id === camera))
        sayState(camera).catch(() => undefined);
    },
    close: async () => {
      closing = true;
      if (client.connected) await withDeadline(retained(status, 'offline'), 1000).catch(() => undefined);
      await withDeadline(client.endAsync(), 1000).catch(() => client.end(true));
    },
  };
}

function note(present: Map<string, Map<string, string>>, camera: string): Map<string, string> {
  const stays = present.get(camera) ?? new Map<string, string>();
  present.set(camera, stays);
  return stays;
}

function nameOf(person: ServerEvent['person'], label: string | undefined): string {
  return person?.name ?? label ?? 'stranger';
}

async function withDeadline<T>(work: Promise<T>, ms: number, signal?: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the broker did not answer')), ms);
    stop = () => reject(new Error('broken off'));
    signal?.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    if (stop) signal?.removeEventListener('abort', stop);
  }
}
