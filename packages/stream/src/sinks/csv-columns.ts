import type { FaceEvent, FrameEvent, IdentityEvent } from '@fr-stream/core';

/** The columns of the CSV output, in order. */
export const CSV_COLUMNS = [
  'source',
  'frame',
  'time_ms',
  'x',
  'y',
  'width',
  'height',
  'score',
  'track',
  'kind',
  'name',
  'person_id',
  'similarity',
  'margin',
  'reason',
  'nearest',
  'nearest_similarity',
  'rival',
  'rival_similarity',
  // Last, where those who count columns do not meet it.
  'captured_at',
] as const;

/** The columns, from `kind` to `rival_similarity`, that say who a face is. */
export const IDENTITY_COLUMNS = CSV_COLUMNS.slice(
  CSV_COLUMNS.indexOf('kind'),
  CSV_COLUMNS.indexOf('captured_at'),
);

/** The cells of {@link IDENTITY_COLUMNS}. The two people are told only where it is one of them, but not which. */
export function identityCells(identity: IdentityEvent | undefined): readonly (string | number | undefined)[] {
  if (identity?.kind === 'known') {
    const { kind, name, personId, score, margin } = identity;
    return [kind, name, personId, score, margin, ...Array<undefined>(5)];
  }
  const { kind, label, reason, nearest, rival } = identity ?? {};
  const two = rival === undefined ? [] : [nearest?.name, nearest?.score, rival.name, rival.score];
  return [
    kind,
    label,
    undefined,
    undefined,
    undefined,
    reason,
    ...(two.length > 0 ? two : Array<undefined>(4)),
  ];
}

/** The cells of {@link CSV_COLUMNS}. */
export function faceCells(event: FrameEvent, { box, score, track, identity }: FaceEvent): readonly unknown[] {
  const place = [event.source, event.frame, event.timeMs, ...box, score, track?.id];
  return [...place, ...identityCells(identity), event.capturedAt];
}
