/** Where a face is at a moment. Between keyframes everything changes smoothly. */
export interface Keyframe {
  /** Seconds. */
  readonly at: number;
  /** Centre of the face box, in widths and heights of the frame; outside 0..1 is outside the frame. */
  readonly x: number;
  readonly y: number;
  /** Height of the face box in heights of the frame. */
  readonly size: number;
  /** In-plane rotation in degrees, clockwise. Default 0. */
  readonly angle?: number;
}

/** A stretch of time in which a person is on stage, and on which path. */
export interface Stay {
  readonly path: readonly Keyframe[];
  /** Which of the person's pictures is shown, by index (modulo their number). Default 0. */
  readonly picture?: number;
  /** Brightness factor at the stay's start and end. Default [1, 1]. */
  readonly light?: readonly [number, number];
}

export interface Actor {
  /** The truth's track id: one per person over the whole video, cuts and absences included. From 1. */
  readonly id: number;
  /** Stays do not overlap in time. */
  readonly stays: readonly Stay[];
  /** Higher is nearer to the camera. */
  readonly depth: number;
  /** Whether the person has a name (is enrolled). A stranger has none. */
  readonly known: boolean;
}

/** Something that passes in front of faces: a post, a passer-by's back. Sizes in frame widths and heights. */
export interface Occluder {
  readonly path: readonly { readonly at: number; readonly x: number }[];
  readonly width: number;
  readonly top: number;
  readonly bottom: number;
  readonly depth: number;
}

/** A script for a video; pure geometry and time, without pixels. */
export interface Scene {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly durationS: number;
  /** Time of every frame in milliseconds, ascending, from 0. */
  readonly timesMs: readonly number[];
  readonly actors: readonly Actor[];
  readonly occluders: readonly Occluder[];
  /** Seconds at which a new shot, with another background, begins. */
  readonly cuts: readonly number[];
  /** Amplitude of camera shake in frame heights. 0: on a tripod. */
  readonly shake: number;
  readonly seed: number;
}

/** Where a picture is placed in a frame. */
export interface Placement {
  readonly actor: Actor;
  readonly picture: number;
  /** Centre of the face box, in pixels of the frame. */
  readonly x: number;
  readonly y: number;
  /** Height of the face box in pixels. */
  readonly size: number;
  readonly angle: number;
  readonly light: number;
}

export interface OccluderPlacement {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly depth: number;
}

export interface StagedFrame {
  readonly index: number;
  readonly timeMs: number;
  /** Index of the shot, from 0. */
  readonly shot: number;
  /** By which the camera's shake moves everything, in pixels. */
  readonly shift: { readonly x: number; readonly y: number };
  /** Far to near. */
  readonly faces: readonly Placement[];
  readonly occluders: readonly OccluderPlacement[];
}

/** What happens in each frame. */
export function stage(scene: Scene): StagedFrame[] {
  return scene.timesMs.map((timeMs, index) => {
    const at = timeMs / 1000;
    const shift = shakeAt(scene, at);
    const faces = scene.actors
      .flatMap((actor) => actor.stays.flatMap((stay) => place(scene, actor, stay, at, shift)))
      .sort((a, b) => a.actor.depth - b.actor.depth || a.actor.id - b.actor.id);
    const occluders = scene.occluders.flatMap((occluder) => {
      const x = interpolate(occluder.path, at, (key) => key.x);
      if (x === undefined) return [];
      return [
        {
          x: (x - occluder.width / 2) * scene.width + shift.x,
          y: occluder.top * scene.height + shift.y,
          width: occluder.width * scene.width,
          height: (occluder.bottom - occluder.top) * scene.height,
          depth: occluder.depth,
        },
      ];
    });
    return { index, timeMs, shot: scene.cuts.filter((cut) => at >= cut).length, shift, faces, occluders };
  });
}

function place(
  scene: Scene,
  actor: Actor,
  { path, picture = 0, light = [1, 1] }: Stay,
  at: number,
  shift: { readonly x: number; readonly y: number },
): Placement[] {
  const of = (value: (key: Keyframe) => number): number | undefined => interpolate(path, at, value);
  const x = of((key) => key.x);
  const y = of((key) => key.y);
  const size = of((key) => key.size);
  const angle = of((key) => key.angle ?? 0);
  if (x === undefined || y === undefined || size === undefined || angle === undefined) return [];
  const share = (at - path[0].at) / Math.max(1e-9, path[path.length - 1].at - path[0].at);
  return [
    {
      actor,
      picture,
      x: x * scene.width + shift.x,
      y: y * scene.height + shift.y,
      size: size * scene.height,
      angle,
      light: light[0] + share * (light[1] - light[0]),
    },
  ];
}

/** Catmull-Rom through the keyframes: no jerk at them. Undefined outside their time. */
function interpolate<K extends { readonly at: number }>(
  keys: readonly K[],
  at: number,
  value: (key: K) => number,
): number | undefined {
  if (keys.length === 0 || at < keys[0].at || at > keys[keys.length - 1].at) return undefined;
  if (keys.length === 1) return value(keys[0]);
  const next = Math.max(
    1,
    keys.findIndex((key) => key.at >= at),
  );
  const [a, b] = [keys[next - 1], keys[next]];
  const before = keys[Math.max(0, next - 2)];
  const after = keys[Math.min(keys.length - 1, next + 1)];
  const span = b.at - a.at;
  const t = (at - a.at) / span;
  const slope = (from: K, to: K): number =>
    from === to ? 0 : ((value(to) - value(from)) / (to.at - from.at)) * span;
  const [p, q, m, n] = [value(a), value(b), slope(before, b), slope(a, after)];
  const [t2, t3] = [t * t, t * t * t];
  return (2 * t3 - 3 * t2 + 1) * p + (t3 - 2 * t2 + t) * m + (3 * t2 - 2 * t3) * q + (t3 - t2) * n;
}

/** A hand-held camera: sums of slow and quick sinusoids with phases from the seed. */
function shakeAt(scene: Scene, at: number): { readonly x: number; readonly y: number } {
  const amplitude = scene.shake * scene.height;
  const wave = (phase: number): number =>
    0.5 * Math.sin(2 * Math.PI * 0.7 * at + phase) +
    0.3 * Math.sin(2 * Math.PI * 2.3 * at + 2.1 * phase) +
    0.2 * Math.sin(2 * Math.PI * 6.1 * at + 3.7 * phase);
  return { x: amplitude * wave(scene.seed + 1), y: 0.7 * amplitude * wave(scene.seed + 2.5) };
}
