export interface DiscoveredCamera {
  readonly id: string;
  readonly name: string;
}

export interface RetainedMessage {
  readonly topic: string;
  readonly payload: string;
}

/** What Home Assistant is told of each camera: a device with whether it is there, and who is in view. */
export function discoveryMessages(
  root: string,
  prefix: string,
  cameras: readonly DiscoveredCamera[],
): readonly RetainedMessage[] {
  const node = prefix.replace(/[^a-zA-Z0-9_-]/g, '_');
  return cameras.flatMap(({ id, name }) => {
    const device = { identifiers: [`${node}_${id}`], name, manufacturer: 'fr-stream', model: 'camera' };
    const availability = [{ topic: `${prefix}/status` }];
    const message = (component: string, part: string, config: object): RetainedMessage => ({
      topic: `${root}/${component}/${node}_${id}/${part}/config`,
      payload: JSON.stringify({ unique_id: `${node}_${id}_${part}`, device, availability, ...config }),
    });
    return [
      message('binary_sensor', 'online', {
        name: 'Connection',
        device_class: 'connectivity',
        entity_category: 'diagnostic',
        state_topic: `${prefix}/cameras/${id}/state`,
        payload_on: 'online',
        payload_off: 'offline',
      }),
      message('sensor', 'person', {
        name: 'In view',
        icon: 'mdi:account-eye',
        state_topic: `${prefix}/cameras/${id}/person`,
      }),
      message('sensor', 'event', {
        name: 'Last event',
        icon: 'mdi:timeline-clock',
        state_topic: `${prefix}/events/${id}`,
        value_template: '{{ value_json.type }}',
        json_attributes_topic: `${prefix}/events/${id}`,
      }),
    ];
  });
}
