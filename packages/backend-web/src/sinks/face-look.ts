import type { Face, Identity } from '@fr-stream/core';

/** What to call a face: the name, a stranger's label, or `unknown`. */
export function labelOf({ identity }: Pick<Face, 'identity'>): string {
  if (identity?.kind === 'known') return identity.name;
  return identity?.label ?? 'unknown';
}

/** Who it is, to tell people apart by: a person's id or a stranger's label; undefined for faces that have neither. */
export function whoOf(identity: Identity | undefined): string | undefined {
  return identity?.kind === 'known' ? identity.personId : identity?.label;
}

/** A CSS colour that stays with a person: equally light for all, told apart by hue. Strangers share one. */
export function colourOf({ identity }: Pick<Face, 'identity'>): string {
  if (identity?.kind !== 'known') return 'hsl(42 95% 60%)';
  let hash = 0;
  for (const letter of identity.personId) hash = (hash * 31 + letter.charCodeAt(0)) >>> 0;
  // Far from the strangers' amber.
  return `hsl(${75 + (hash % 300)} 85% 66%)`;
}

/** Where a face is shown: the tracker's smooth box where there is one. Pixels of the frame. */
export function shownBox({ track, detection }: Pick<Face, 'track' | 'detection'>): Face['detection']['box'] {
  return track?.box ?? detection.box;
}
