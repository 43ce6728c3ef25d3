import type { CameraInfo } from '../cameras/camera-manager.js';
import type { AnnouncedCamera } from './mqtt.js';

/** Cameras as MQTT tells of them. One that another server watches counts as there until its loss is told. */
export function announced(cameras: readonly CameraInfo[]): readonly AnnouncedCamera[] {
  return cameras.map(({ id, name, gallery, status, server }) => ({
    id,
    name,
    gallery,
    online: status === undefined ? server !== undefined : status.online,
  }));
}
