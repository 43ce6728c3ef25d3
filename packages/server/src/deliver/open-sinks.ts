import { readSecret } from '../config/load-config.js';
import type { ServerConfig } from '../config/schema.js';
import type { OpenStay } from '../store/event-store.js';
import { onEventCommand } from './command.js';
import type { EventSink } from './event-sink.js';
import { jsonlLog, requireOwnLog } from './jsonl-log.js';
import { mqttOutput, type MqttOutput } from './mqtt.js';
import { webhook } from './webhook.js';

export interface OpenedSinks {
  readonly sinks: readonly EventSink[];
  readonly mqtt: MqttOutput | undefined;
}

/**
 * The ways out that the configuration names.
 * @param stays who is in view already.
 * @throws ArgumentError when a secret cannot be read, or a log is to be written over what is none.
 */
export async function openSinks(config: ServerConfig, stays: readonly OpenStay[]): Promise<OpenedSinks> {
  const sinks: EventSink[] = [];
  for (const hook of config.webhooks) {
    const secret = hook.secret && (await readSecret(hook.secret, `webhooks.${hook.name}.secret`));
    sinks.push(webhook(hook, secret));
  }
  if (config.jsonl) {
    await requireOwnLog(config.jsonl);
    sinks.push(jsonlLog(config.jsonl));
  }
  if (config.onEvent) sinks.push(onEventCommand(config.onEvent));
  let output: MqttOutput | undefined;
  if (config.mqtt) {
    const password = config.mqtt.password && (await readSecret(config.mqtt.password, 'mqtt.password'));
    output = mqttOutput(config.mqtt, password, stays);
    sinks.push(output);
  }
  return { sinks, mqtt: output };
}
