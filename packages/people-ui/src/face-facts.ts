/** What is told of a face besides whose it is, as far as it is known. */
export interface FaceFacts {
  readonly quality?: { readonly overall: number; readonly size?: number; readonly sharpness?: number };
  /** In degrees: see `HeadPose` of `@fr-stream/core`. */
  readonly pose?: { readonly yaw: number; readonly pitch: number; readonly roll: number };
  /** Probabilities by eye, as seen in the picture. */
  readonly eyes?: {
    readonly left: Readonly<Record<string, number>>;
    readonly right: Readonly<Record<string, number>>;
  };
  readonly liveness?: Readonly<Record<string, number>>;
}

/** Below it a face looks blurred: see `FaceQuality.sharpness`. */
const BLURRED = 100;
/** Degrees from which a head is said to be turned. */
const TURNED = 15;

/** What is known of a face in words for people: what it is about, and what is found. */
export function factsInWords(facts: FaceFacts): readonly (readonly [about: string, found: string])[] {
  const { quality, pose, eyes, liveness } = facts;
  return [
    ...(quality === undefined ? [] : [['Picture', qualityWords(quality)] as const]),
    ...(pose === undefined ? [] : [['Pose', poseWords(pose)] as const]),
    ...(eyes === undefined ? [] : [['Eyes', eyeWords(eyes)] as const]),
    ...(liveness === undefined
      ? []
      : [['Liveness', `${percent(liveness.live ?? 0)} a live face, not a picture of one`] as const]),
  ];
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

function qualityWords({ overall, size, sharpness }: NonNullable<FaceFacts['quality']>): string {
  return [
    `quality ${percent(overall)}`,
    ...(size === undefined ? [] : [`${Math.round(size)} pixels`]),
    ...(sharpness === undefined ? [] : [sharpness < BLURRED ? 'blurred' : 'sharp']),
  ].join(', ');
}

function poseWords({ yaw, pitch, roll }: NonNullable<FaceFacts['pose']>): string {
  const turned = [
    ...(Math.abs(yaw) < TURNED ? [] : [yaw > 0 ? 'turned to the left' : 'turned to the right']),
    ...(Math.abs(pitch) < TURNED ? [] : [pitch > 0 ? 'looking up' : 'looking down']),
    ...(Math.abs(roll) < TURNED ? [] : [roll > 0 ? 'leaning to the right' : 'leaning to the left']),
  ];
  const degrees = [yaw, pitch, roll].map((angle) => Math.round(angle)).join(', ');
  return `${turned.length > 0 ? turned.join(', ') : 'from the front'} (yaw, pitch, roll ${degrees}°)`;
}

function eyeWords({ left, right }: NonNullable<FaceFacts['eyes']>): string {
  const open = (eye: Readonly<Record<string, number>>): string => {
    const share = eye.open ?? 0;
    return share >= 0.5 ? `open (${percent(share)})` : `closed (${percent(1 - share)})`;
  };
  return `left ${open(left)}, right ${open(right)}, as seen in the picture`;
}
