import type { EngineOptions } from './options.js';
import type { ProfileName } from './names.js';

/** What a profile of quality stands for; each may be overruled by naming a model. */
export type Profile = Pick<EngineOptions, 'detector' | 'accurate'>;

/** Speed and accuracy of each, on the same clips, are in docs/profiles.md. */
export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  // All files from the npm registry alone.
  fast: {},
  // YuNet finds more small, dark and turned faces. MIT, from a public https source.
  balanced: { detector: 'yunet-2023mar' },
  best: { detector: 'yunet-2023mar', accurate: true },
};

/** The options with what their profile stands for, where they say nothing themselves. */
export function withProfile<Options extends EngineOptions>(options: Options): Options {
  const { detector, accurate } = PROFILES[options.profile ?? 'fast'];
  return {
    ...options,
    ...(detector !== undefined && options.detector === undefined && { detector }),
    ...(accurate !== undefined &&
      options.accurate === undefined &&
      options.embedder === undefined && { accurate }),
  };
}
