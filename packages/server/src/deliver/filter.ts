import { matchesType, type ServerEvent } from '../events/event.js';
import type { SinkFilters } from './event-sink.js';

export function passes(
  { types, cameras, galleries }: SinkFilters,
  event: Pick<ServerEvent, 'type' | 'camera' | 'gallery'>,
): boolean {
  return (
    matchesType(event.type, types) &&
    (cameras === undefined || cameras.includes(event.camera)) &&
    (galleries === undefined || galleries.includes(event.gallery))
  );
}
