import { defined } from '../options.js';
/** When a picture of a track's face is to be embedded. Qualities are `FaceQuality.overall`, times milliseconds. */
export interface ShotPolicyOptions {
  /** `best`: only when it tells something new; `every`: each detected face in each frame. Default `best`. */
  readonly embed?: 'best' | 'every';
  /**
   * Faces rated lower are never embedded under `best`. Default 0: poor pictures count little, but a face
   * of which there are no others is somebody too.
   */
  readonly minQuality?: number;
  /** A first picture this good is taken at once; for worse ones a better is awaited. Default 0.5. */
  readonly goodQuality?: number;
  /** For how long a better first picture is awaited. Default 320. */
  readonly patienceMs?: number;
  /** A picture is clearly better when it beats the best so far by this. Default 0.12. */
  readonly better?: number;
  /** Pictures of one track are at least so far apart. Default 240. */
  readonly intervalMs?: number;
  /** A track whose person is in doubt is pictured again, up to so many times. Default 5. */
  readonly undecidedShots?: number;
  /** Every track is looked at again after so long, in case it went over to another face. Default 5000. */
  readonly verifyMs?: number;
}

/** What the policy has to know of a track. */
export interface ShotHistory {
  /** Pictures embedded so far. */
  readonly shots: number;
  /** Time of the last of them; of the track's first appearance before there are any. */
  readonly lastShotMs: number;
  readonly firstSeenMs: number;
  /** Quality of the best of them. */
  readonly bestQuality: number;
  /** True when more pictures would hardly change who the track is taken for. */
  readonly settled: boolean;
}

export interface ShotOffer {
  readonly timeMs: number;
  readonly quality: number;
  /** Another face is so close that the picture may show both. */
  readonly crowded: boolean;
  readonly wants?: 'identity' | 'verification';
}

/** Decides per face and frame whether to spend an embedding on it. Pure; see {@link ShotPolicyOptions}. */
export class ShotPolicy {
  readonly #options: Required<ShotPolicyOptions>;

  constructor(options: ShotPolicyOptions = {}) {
    this.#options = {
      embed: 'best',
      minQuality: 0,
      goodQuality: 0.5,
      patienceMs: 320,
      better: 0.12,
      intervalMs: 240,
      undecidedShots: 5,
      verifyMs: 5000,
      ...defined(options),
    };
  }

  accepts(history: ShotHistory, { timeMs, quality, crowded, wants }: ShotOffer): boolean {
    const { embed, minQuality, goodQuality, patienceMs, better, intervalMs } = this.#options;
    if (embed === 'every') return true;
    if (quality < minQuality) return false;
    const waited = timeMs - history.firstSeenMs >= patienceMs;
    if (history.shots === 0) return waited || (!crowded && quality >= goodQuality);
    const sinceMs = timeMs - history.lastShotMs;
    // While it is open who this is, the poorer one is better than none, the longer none as good has come.
    const open = !history.settled || wants === 'verification';
    const patience = open ? Math.max(1, sinceMs / intervalMs) : 1;
    const usable = patience * quality >= 0.6 * history.bestQuality;
    // Pictures that settle a doubt are wanted soon, but not one per frame.
    if (wants === 'verification') return usable && !crowded && sinceMs >= intervalMs / 2;
    if (crowded || sinceMs < intervalMs) return false;
    if (quality >= history.bestQuality + better) return true;
    if (!usable) return false;
    if (!history.settled && history.shots < this.#options.undecidedShots) return true;
    return sinceMs >= this.#options.verifyMs;
  }
}
