import { randomFrom, type Random } from './random.js';
import type { Actor, Keyframe, Scene } from './scene.js';

export interface ScenarioOptions {
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  readonly seed?: number;
}

type Script = (random: Random) => Omit<Scene, 'width' | 'height' | 'timesMs' | 'seed' | 'name'> & {
  /** Frame times in milliseconds; default evenly at the frame rate. */
  readonly times?: (fps: number) => number[];
};

const key = (at: number, x: number, y: number, size: number, angle = 0): Keyframe => ({
  at,
  x,
  y,
  size,
  angle,
});

function actor(id: number, known: boolean, depth: number, ...stays: Actor['stays']): Actor {
  return { id, known, depth, stays };
}

const still = { occluders: [], cuts: [], shake: 0 };

/** The scripts, each for one thing that goes wrong with face tracking. */
const SCRIPTS: Readonly<Record<string, Script>> = {
  /** Three people walk about at different speeds and distances; one is a stranger. */
  walk: (random) => ({
    ...still,
    durationS: 8,
    actors: [
      actor(1, true, 1, { path: [key(0, 0.1, 0.4, 0.25), key(4, 0.5, 0.35, 0.3, 8), key(8, 0.3, 0.4, 0.4)] }),
      actor(2, true, 2, {
        path: [key(0, 0.85, 0.5, 0.3), key(4, 0.8, 0.45, 0.25, -10), key(8, 0.7, 0.5, 0.35)],
      }),
      actor(3, false, 0, {
        path: [key(0, 0.45, 0.75, 0.2), key(3, 0.25, 0.8, 0.18), key(8, 0.15 + 0.1 * random(), 0.78, 0.2)],
      }),
    ],
  }),
  /** Two pairs cross: one pair passes at walking speed, the other meets, hides each other and turns back. */
  cross: () => ({
    ...still,
    durationS: 8,
    actors: [
      actor(1, true, 2, { path: [key(0, 0.1, 0.35, 0.3), key(8, 0.9, 0.35, 0.3)] }),
      actor(2, true, 1, { path: [key(0, 0.9, 0.37, 0.28), key(8, 0.1, 0.34, 0.28)] }),
      actor(3, true, 4, {
        path: [key(0, 0.2, 0.78, 0.25), key(3.5, 0.48, 0.78, 0.25), key(8, 0.15, 0.78, 0.25)],
      }),
      actor(4, false, 3, {
        path: [key(0, 0.8, 0.77, 0.25), key(4, 0.5, 0.77, 0.25), key(8, 0.85, 0.77, 0.25)],
      }),
    ],
  }),
  /** Faces pass behind posts, one stops behind a post and comes out again on the side it came from. */
  occlude: () => ({
    ...still,
    durationS: 9,
    actors: [
      actor(1, true, 1, { path: [key(0, 0.1, 0.35, 0.3), key(9, 0.9, 0.38, 0.3)] }),
      actor(2, true, 1, {
        path: [
          key(0, 0.15, 0.75, 0.25),
          key(2.5, 0.4, 0.75, 0.25),
          key(5.5, 0.4, 0.75, 0.25),
          key(9, 0.12, 0.75, 0.25),
        ],
      }),
      actor(3, false, 1, { path: [key(0, 0.9, 0.72, 0.25), key(9, 0.52, 0.76, 0.25)] }),
    ],
    occluders: [
      {
        path: [
          { at: 0, x: 0.4 },
          { at: 9, x: 0.4 },
        ],
        width: 0.16,
        top: 0,
        bottom: 1,
        depth: 5,
      },
      {
        path: [
          { at: 0, x: 0.72 },
          { at: 9, x: 0.72 },
        ],
        width: 0.12,
        top: 0,
        bottom: 1,
        depth: 5,
      },
    ],
  }),
  /** People leave the frame and come back elsewhere, seconds later; a stranger comes in by the same door. */
  'exit-and-re-enter': () => ({
    ...still,
    durationS: 12,
    actors: [
      actor(
        1,
        true,
        1,
        { path: [key(0, 0.5, 0.4, 0.3), key(3, 1.15, 0.4, 0.3)] },
        { path: [key(7, -0.15, 0.45, 0.3), key(12, 0.45, 0.4, 0.35)], picture: 1, light: [0.85, 1] },
      ),
      actor(
        2,
        true,
        2,
        { path: [key(0, 0.2, 0.6, 0.35), key(4, 0.3, 0.55, 0.35), key(6, -0.2, 0.6, 0.35)] },
        { path: [key(9, 1.15, 0.5, 0.3), key(12, 0.75, 0.5, 0.3)], picture: 1 },
      ),
      actor(3, false, 0, { path: [key(4, 1.15, 0.42, 0.3), key(8, 0.7, 0.45, 0.3), key(12, 1.2, 0.4, 0.3)] }),
    ],
  }),
  /** Hard cuts every three seconds: new places, new sizes, the same people and one who is new. */
  cut: () => ({
    ...still,
    durationS: 12,
    cuts: [3, 6, 9],
    actors: [
      actor(
        1,
        true,
        1,
        { path: [key(0, 0.3, 0.45, 0.4), key(2.99, 0.35, 0.45, 0.4)] },
        { path: [key(3, 0.75, 0.4, 0.25), key(5.99, 0.65, 0.4, 0.25)], picture: 1 },
        { path: [key(9, 0.5, 0.45, 0.45), key(12, 0.5, 0.45, 0.5)], picture: 2, light: [1.1, 1.1] },
      ),
      actor(
        2,
        true,
        2,
        { path: [key(0, 0.7, 0.5, 0.35), key(2.99, 0.65, 0.5, 0.35)] },
        { path: [key(3, 0.33, 0.45, 0.25), key(5.99, 0.3, 0.45, 0.27)], picture: 1, light: [0.8, 0.8] },
        { path: [key(6, 0.68, 0.5, 0.35), key(8.99, 0.6, 0.5, 0.35)] },
      ),
      actor(3, false, 0, { path: [key(6, 0.3, 0.45, 0.4), key(8.99, 0.25, 0.45, 0.4)] }),
    ],
  }),
  /** A hand-held camera. */
  shake: () => ({
    ...still,
    durationS: 8,
    shake: 0.08,
    actors: [
      actor(1, true, 1, { path: [key(0, 0.25, 0.4, 0.28), key(8, 0.45, 0.4, 0.3)] }),
      actor(2, true, 2, { path: [key(0, 0.6, 0.45, 0.25), key(8, 0.75, 0.45, 0.25)] }),
      actor(3, false, 0, { path: [key(0, 0.5, 0.75, 0.16), key(8, 0.4, 0.75, 0.16)] }),
    ],
  }),
  /** Quick walkers at a frame rate that wanders between a fifth of the nominal one and all of it. */
  vfr: (random) => ({
    ...still,
    durationS: 8,
    times: (fps) => {
      const times: number[] = [];
      for (let t = 0; t < 8000; t += (1000 / fps) * (random() < 0.6 ? 1 : Math.ceil(random.between(1, 5)))) {
        times.push(Math.round(t));
      }
      return times;
    },
    actors: [
      actor(1, true, 1, {
        path: [
          key(0, 0.1, 0.35, 0.25),
          key(2, 0.8, 0.35, 0.25),
          key(5, 0.2, 0.35, 0.25),
          key(8, 0.8, 0.4, 0.25),
        ],
      }),
      actor(2, true, 2, { path: [key(0, 0.9, 0.7, 0.25), key(3, 0.3, 0.72, 0.25), key(8, 0.8, 0.7, 0.25)] }),
    ],
  }),
  /** Seven people mill about, most of them strangers. */
  crowd: (random) => ({
    ...still,
    durationS: 10,
    actors: Array.from({ length: 7 }, (_, i) => {
      const lane = 0.2 + 0.1 * i;
      const size = random.between(0.14, 0.2);
      return actor(i + 1, i < 3, i, {
        path: [0, 2.5, 5, 7.5, 10].map((at) =>
          key(at, random.between(0.08, 0.92), lane, size, 6 * random.normal()),
        ),
      });
    }),
  }),
};

export const SCENARIOS: readonly string[] = Object.keys(SCRIPTS);

/** @throws RangeError when there is no script of that name. */
export function scenario(name: string, options: ScenarioOptions = {}): Scene {
  const { width = 960, height = 540, fps = 25, seed = 1 } = options;
  const script = SCRIPTS[name];
  if (script === undefined) throw new RangeError(`no scenario "${name}"; there are ${SCENARIOS.join(', ')}`);
  const { times, ...rest } = script(randomFrom(seed));
  const even = (): number[] =>
    Array.from({ length: Math.floor(rest.durationS * fps) }, (_, i) => Math.round((i * 1000) / fps));
  return { ...rest, name, width, height, seed, timesMs: times?.(fps) ?? even() };
}
