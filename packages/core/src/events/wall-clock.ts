const OFFSET = /(Z|[+-]\d\d:?\d\d)$/;

/** Milliseconds since 1970 of an ISO 8601 date; one without an offset is of no place, and taken as UTC. */
export function timeOf(captured: string): number {
  return Date.parse(OFFSET.test(captured) ? captured : `${captured}Z`);
}

/**
 * A time later in a recording, in the way in which its beginning is written: with its offset, or with none.
 * @param captured ISO 8601.
 * @returns `captured` itself where it is no date.
 */
export function later(captured: string, ms: number): string {
  const [, offset = ''] = OFFSET.exec(captured) ?? [];
  const local = Date.parse(`${captured.slice(0, captured.length - offset.length)}Z`);
  if (Number.isNaN(local)) return captured;
  return new Date(local + ms).toISOString().slice(0, -1) + offset;
}
