import { safeText, toFrameEvent, type FaceEvent, type FrameReport, type Hindsight } from '@fr-stream/core';
import { stringify } from 'csv-stringify/sync';
import type { OutputTarget } from '../output/output.js';
import { TextOutput } from '../output/text-output.js';
import { CSV_COLUMNS, faceCells } from './csv-columns.js';
import type { OpenableSink } from './openable.js';
import { revisedCsv } from './revise-events.js';

/** A further column: one number or text of what analysers found. */
export interface AttributeColumn {
  readonly name: string;
  /** Undefined for an empty cell. */
  value(attributes: NonNullable<FaceEvent['attributes']>): number | string | undefined;
}

export interface CsvOptions {
  /** Columns behind the usual ones. */
  readonly attributes?: readonly AttributeColumn[];
  /** Asked on `close()` who the faces of a file turned out to be. */
  readonly hindsight?: Hindsight;
}

/**
 * CSV (RFC 4180): a header, then one row per face. Texts that a spreadsheet would take for a formula get a leading
 * apostrophe; what is not printable in names becomes an escape. Frames with an error have no row; JSON Lines keeps them.
 *
 * @param output a path, `-` for standard output, or a stream (which is not ended).
 */
export function csv(output: OutputTarget, options: CsvOptions = {}): OpenableSink<FrameReport> {
  const { attributes: further = [], hindsight } = options;
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
          ...faceCells(event, face),
          ...further.map((column) => column.value(face.attributes ?? {})),
        ]);
        await emit(rows);
      }
    },
    close: async () => {
      if (header) await emit([]);
      await file.close(hindsight && ((written) => revisedCsv(written, hindsight)));
    },
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}
