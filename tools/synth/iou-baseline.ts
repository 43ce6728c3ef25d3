import { iou, type Track, type Tracker, type TrackerInput, type TrackUpdate } from '@fr-stream/core';

/**
 * The comparison row: each box is joined to the box of the last evaluated frame that overlaps it most (IoU >=
 * 0.3), greedily; no motion, no memory, no appearance. (Bochinski, Eiselein, Sikora, "High-Speed Tracking-by-Detection
 * Without Using Image Information", 2017.)
 */
export class IouBaseline implements Tracker {
  #tracks: Track[] = [];
  #nextId = 1;

  update({ detections, timeMs }: TrackerInput): TrackUpdate {
    if (detections === undefined) {
      this.#tracks = this.#tracks.map(({ detection: _, ...track }) => track);
      return { tracks: this.#tracks, ended: [] };
    }
    const open = new Set(this.#tracks);
    const tracks = detections.flatMap((found, index): Track[] => {
      if (found.score < 0.5) return [];
      const best = [...open].sort((a, b) => iou(b.box, found.box) - iou(a.box, found.box)).at(0);
      const old = best !== undefined && iou(best.box, found.box) >= 0.3 ? best : undefined;
      if (old !== undefined) open.delete(old);
      return [
        {
          id: old?.id ?? this.#nextId++,
          box: found.box,
          state: 'confirmed',
          detection: index,
          firstSeenMs: old?.firstSeenMs ?? timeMs,
          lastSeenMs: timeMs,
        },
      ];
    });
    this.#tracks = tracks.sort((a, b) => a.id - b.id);
    return { tracks: this.#tracks, ended: [...open] };
  }

  reset(): void {
    this.#tracks = [];
  }

  finish(): readonly Track[] {
    return this.#tracks;
  }
}
