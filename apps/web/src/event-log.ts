import type { AnalyzedFrame } from '@fr-stream/backend-web';
import { boxOf } from './overlay.js';

const MOST_LINES = 100_000;

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/** One line of `fr-stream/faces@1`, as the command line writes them. */
function lineOf({ source, index, timeMs, width, height, faces }: AnalyzedFrame): string {
  return JSON.stringify({
    schema: 'fr-stream/faces@1',
    source,
    frame: index,
    timeMs: round(timeMs, 1),
    width,
    height,
    faces: faces.map((face) => {
      const { x, y, width: w, height: h } = boxOf(face);
      const { identity, track, quality, detection } = face;
      const points = detection.landmarks?.points;
      return {
        box: [x, y, w, h].map((value) => round(value, 1)),
        score: round(detection.score, 4),
        ...(points && { landmarks: points.map((point) => [round(point.x, 1), round(point.y, 1)]) }),
        ...(track && { track: { id: track.id, predicted: track.predicted } }),
        // JSON has no infinity: the margin of an only person is left away.
        identity:
          identity.kind === 'known' && !Number.isFinite(identity.margin)
            ? { ...identity, margin: undefined }
            : identity,
        ...(quality && { quality }),
      };
    }),
  });
}

/** The frames with faces, for export. Keeps the last 100,000. */
export class EventLog {
  readonly #lines: string[] = [];
  #forgotten = 0;

  add(frame: AnalyzedFrame): void {
    if (frame.faces.length === 0) return;
    this.#lines.push(lineOf(frame));
    if (this.#lines.length > MOST_LINES) {
      this.#forgotten += this.#lines.length - MOST_LINES;
      this.#lines.splice(0, this.#lines.length - MOST_LINES);
    }
  }

  get size(): number {
    return this.#lines.length;
  }

  get forgotten(): number {
    return this.#forgotten;
  }

  text(): string {
    return this.#lines.map((line) => `${line}\n`).join('');
  }
}
