/** What `--analyze` can be asked for. The last three guess about a person rather than a picture: never run unasked. */
export const ANALYZER_NAMES = ['pose', 'eyes', 'liveness', 'quality', 'age', 'gender', 'expression'] as const;
export type AnalyzerName = (typeof ANALYZER_NAMES)[number];

/** `none`: each face of each frame by itself. */
export const TRACKER_NAMES = ['appearance', 'byte', 'none'] as const;
export type TrackerName = (typeof TRACKER_NAMES)[number];

export function isTrackerName(name: string): name is TrackerName {
  return (TRACKER_NAMES as readonly string[]).includes(name);
}

export function isAnalyzerName(name: string): name is AnalyzerName {
  return (ANALYZER_NAMES as readonly string[]).includes(name);
}

/** Profiles of quality: which models run when none is named. */
export const PROFILE_NAMES = ['fast', 'balanced', 'best'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

export function isProfileName(name: unknown): name is ProfileName {
  return (PROFILE_NAMES as readonly unknown[]).includes(name);
}
