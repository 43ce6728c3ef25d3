import type { LibraryFace, LibraryTrack, PhotoRecord, VideoRecord } from '../contracts/media-library.js';

/** A photo of which only path and content matter. */
export function photoAt(path: string, hash: string): PhotoRecord {
  return { path, sizeBytes: 1000, modifiedMs: 1_700_000_000_000, hash, width: 300, height: 200 };
}

export function videoAt(path: string, hash: string): VideoRecord {
  return { ...photoAt(path, hash), durationMs: 4000 };
}

/** A face whose box begins at `x`. */
export function faceIn(hash: string, place: number, x: number, model = 'net-2'): LibraryFace {
  return {
    id: `${hash}-${place}`,
    hash,
    detection: { box: { x, y: 10, width: 50, height: 60 }, score: 0.9 },
    quality: { size: 50, sharpness: 200, yaw: 0.25, pitch: -5, roll: 3, overall: 0.625 },
    embedding: { vector: Float32Array.of(0.6, place % 2 === 0 ? 0.8 : -0.8), norm: 9, model },
    cutout: `cutouts/${hash}-${place}.jpg`,
    aligned: `aligned/${hash}-${place}.jpg`,
  };
}

export function trackIn(hash: string, number: number, fromMs: number): LibraryTrack {
  const { detection, quality, embedding, cutout, aligned } = faceIn(hash, number, 20);
  return {
    id: `${hash}-t${number}`,
    hash,
    spans: [
      { fromMs, toMs: fromMs + 500 },
      { fromMs: fromMs + 900, toMs: fromMs + 1200 },
    ],
    best: { timeMs: fromMs + 40, detection, quality },
    embedding,
    pictures: 3,
    cutout,
    aligned,
  };
}

/** As plain data, in a fixed order of its parts: to be compared. */
export function readableFace({ embedding, detection, quality, ...face }: LibraryFace): unknown {
  const { id, hash, cutout, aligned, personId, by, label } = face;
  const { box, score } = detection;
  const numbers = [box.x, box.y, box.width, box.height, score, quality.overall, quality.yaw, quality.pitch];
  const vector = [...embedding.vector].map((value) => Math.round(value * 1e4) / 1e4);
  return [
    id,
    hash,
    numbers,
    vector,
    embedding.norm,
    embedding.model,
    cutout,
    aligned,
    personId,
    by,
    label,
  ].map((value) => value ?? null);
}

export function readableTrack({ best, ...track }: LibraryTrack): unknown {
  const { spans, pictures } = track;
  const times = spans.map(({ fromMs, toMs }) => [fromMs, toMs]);
  return [readableFace({ ...track, ...best }), times, best.timeMs, pictures];
}
