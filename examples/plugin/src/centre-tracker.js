/**
 * Each detection belongs to the track whose box has the nearest centre, if that is not further than the box is wide.
 *
 * @implements {import('@fr-stream/core').Tracker}
 */
export class CentreTracker {
  #tracks = [];
  #last = 100;

  update({ timeMs, detections }) {
    // Undefined: nobody looked at this frame.
    if (detections === undefined) {
      const tracks = this.#tracks.map(({ id, box, state, firstSeenMs, lastSeenMs }) => {
        return { id, box, state, firstSeenMs, lastSeenMs };
      });
      return { tracks, ended: [] };
    }
    const free = new Set(this.#tracks);
    const next = detections.map(({ box }, detection) => {
      const near = [...free].sort((a, b) => distance(a.box, box) - distance(b.box, box))[0];
      const mine = near !== undefined && distance(near.box, box) <= near.box.width ? near : undefined;
      if (mine !== undefined) free.delete(mine);
      const { id, firstSeenMs } = mine ?? { id: ++this.#last, firstSeenMs: timeMs };
      return { id, box, detection, state: 'confirmed', firstSeenMs, lastSeenMs: timeMs };
    });
    this.#tracks = next.sort((a, b) => a.id - b.id);
    return { tracks: this.#tracks, ended: [...free] };
  }

  reset() {
    this.#tracks = [];
  }

  finish() {
    return this.#tracks.splice(0);
  }
}

const distance = (a, b) =>
  Math.hypot(a.x + a.width / 2 - b.x - b.width / 2, a.y + a.height / 2 - b.y - b.height / 2);
