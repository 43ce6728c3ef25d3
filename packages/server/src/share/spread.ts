import type { CameraManager } from '../cameras/camera-manager.js';
import { messageOf } from '@fr-stream/core';
import type { ServerConfig } from '../config/schema.js';
import { announced } from '../deliver/announced.js';
import type { Outgoing } from '../deliver/outgoing.js';
import type { EventHub } from '../events/hub.js';
import type { SharingOptions } from './sharing.js';
import type { SharedStores } from './stores.js';

const CAMERA = 'camera:';
/** One server alone brings events out, those of all cameras. */
export const DELIVER = 'deliver';

/** What is spread over the servers of one database: each camera, and the delivering of events. */
export function spread(
  { leases, cameras: kept }: SharedStores,
  cameras: CameraManager,
  config: () => ServerConfig,
  outgoing: Outgoing,
  hub: EventHub,
  warn: (message: string, details?: object) => void,
): SharingOptions {
  let known: string | undefined;
  let stopHearing: (() => void) | undefined;
  const ofCamera = (name: string): string | undefined =>
    name.startsWith(CAMERA) ? name.slice(CAMERA.length) : undefined;
  return {
    leases,
    things: () => [DELIVER, ...cameras.wanted.map((id) => CAMERA + id)],
    // Somebody may have changed cameras over the API of another server.
    refresh: async () => {
      const now = JSON.stringify([...(await kept.all())]);
      if (known !== undefined && now !== known) await cameras.configure(config().cameras);
      known = now;
    },
    onTake: async (lease) => {
      const id = ofCamera(lease.name);
      if (id !== undefined) return cameras.take(id, lease);
      await outgoing.open(config());
      await outgoing.mqtt?.announce(announced(cameras.list()));
      stopHearing = hub.listen(({ type, camera }) => {
        if (type === 'camera.lost' || type === 'camera.back')
          outgoing.mqtt?.cameraState(camera, type === 'camera.back');
      });
    },
    onLose: async (lease, lost) => {
      const id = ofCamera(lease.name);
      if (lost) warn('this server was not heard of in time, and lets go', { of: lease.name });
      if (id !== undefined) return cameras.leave(id);
      stopHearing?.();
      await outgoing.close();
    },
    onError: (error) => warn('cameras cannot be shared out', { error: messageOf(error) }),
  };
}
