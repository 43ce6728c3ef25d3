import { createHmac } from 'node:crypto';
import type { WebhookSettings } from '../config/schema.js';
import type { ServerEvent } from '../events/event.js';
import type { EventSink } from './event-sink.js';
import { passes } from './filter.js';

/** The signature of the Standard Webhooks specification: over id, time and body, so that none can be exchanged. */
export function sign(secret: string, id: string, timestamp: number, body: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

/** Posts each event as JSON; anything but 2xx, redirects included, is a failure. */
export function webhook(settings: WebhookSettings, secret: string | undefined): EventSink {
  return {
    name: `webhook:${settings.name}`,
    giveUpMs: settings.giveUpHours * 3600_000,
    accepts: (event) => passes(settings, event),
    deliver: async (event: ServerEvent, signal) => {
      const body = JSON.stringify(event);
      const timestamp = Math.floor(Date.now() / 1000);
      const response = await fetch(settings.url, {
        method: 'POST',
        redirect: 'manual',
        body,
        headers: {
          'content-type': 'application/json',
          'user-agent': 'fr-stream',
          'webhook-id': event.id,
          'webhook-timestamp': String(timestamp),
          ...(secret !== undefined && { 'webhook-signature': sign(secret, event.id, timestamp, body) }),
        },
        signal: AbortSignal.any([signal, AbortSignal.timeout(settings.timeoutSeconds * 1000)]),
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`it answered ${response.status}`);
    },
    close: async () => undefined,
  };
}
