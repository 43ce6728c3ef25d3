import {
  safeText,
  toFrameEvent,
  type FaceEvent,
  type FrameEvent,
  type FrameReport,
  type IdentityEvent,
} from '@fr-stream/core';
import { stringify } from 'csv-stringify/sync';
import type { OpenableSink } from './openable.js';
import type { OutputTarget } from '../output/output.js';
import { TextOutput } from '../output/text-output.js';

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
] as const;

/** The columns, from `kind` on, that say who a face is. */
export const IDENTITY_COLUMNS = CSV_COLUMNS.slice(CSV_COLUMNS.indexOf('kind'));

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

/** A further column: one number or text of what analysers found. */
export interface AttributeColumn {
  readonly name: string;
  /** Undefined for an empty cell. */
  value(attributes: NonNullable<FaceEvent['attributes']>): number | string | undefined;
}

export interface CsvOptions {
  /** Columns behind the usual ones. */
  readonly attributes?: readonly AttributeColumn[];
}

/**
 * CSV (RFC 4180): a header, then one row per face. Texts that a spreadsheet would take for a formula get a leading
 * apostrophe; what is not printable in names becomes an escape. Frames with an error have no row; JSON Lines keeps them.
 *
 * @param output a path, `-` for standard output, or a stream (which is not ended).
 */
export function csv(output: OutputTarget, options: CsvOptions = {}): OpenableSink<FrameReport> {
  const { attributes: further = [] } = options;
  const columns = [...CSV_COLUMNS, ...further.map(({ name }) => name)];
  const file = new TextOutput(output);
  let header = true;
  const emit = async (rows: readonly (readonly unknown[])[]): Promise<void> => {
    const lines = header ? [columns, ...rows] : rows;
    header = false;
    if (lines.length > 0)
      await file.write(
        stringify(
          lines.map((row) => row.map((cell) => (typeof cell === 'string' ? safeText(cell) : cell))),
          { escape_formulas: true },
        ),
      );
  };
  return {
    open: () => file.open(),
    write: async (item) => {
      const event = toFrameEvent(item);
      if (event.faces.length > 0) {
        const rows = event.faces.map((face) => [
          ...toRow(event, face),
          ...further.map((column) => column.value(face.attributes ?? {})),
        ]);
        await emit(rows);
      }
    },
    close: async () => {
      if (header) await emit([]);
      await file.close();
    },
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}

function toRow(event: FrameEvent, { box, score, track, identity }: FaceEvent): readonly unknown[] {
  const place = [event.source, event.frame, event.timeMs, ...box, score, track?.id];
  return [...place, ...identityCells(identity)];
}
