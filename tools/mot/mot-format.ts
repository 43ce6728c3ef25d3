import { ArgumentError, SourceError, type Box } from '@fr-stream/core';

/** One box of a track in one frame. */
export interface MotRow {
  /** Counts from 0 (files count from 1). */
  readonly frame: number;
  readonly id: number;
  /** In pixels with the origin at 0 (files put the top-left pixel at 1, 1). */
  readonly box: Box;
  /**
   * Results: the score. Ground truth: 0 marks a box that is neither to be found nor to be counted as false, such
   * as a face that is mostly hidden; any other value one that counts.
   */
  readonly confidence: number;
  /** Ground truth: visible share of the object, 0..1. Default 1. */
  readonly visibility?: number;
}

/**
 * Reads the MOTChallenge text format (Milan et al., "MOT16", 2016): one line per box, `frame, id, left, top,
 * width, height, confidence, class, visibility`; what follows `height` may be absent, further columns are ignored.
 *
 * @param name of the file, for errors.
 * @throws SourceError (INPUT_UNSUPPORTED) naming the line that is not of this form.
 */
export function parseMot(text: string, name: string): MotRow[] {
  const rows: MotRow[] = [];
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === '') return;
    const values = line.split(',').map((value) => (value.trim() === '' ? NaN : Number(value)));
    const [frame, id, left, top, width, height, confidence = 1, , visibility] = values;
    const needed = [frame, id, left, top, width, height, confidence];
    const valid =
      needed.every(Number.isFinite) && Number.isInteger(frame) && frame >= 1 && width > 0 && height > 0;
    if (!valid) {
      throw new SourceError('INPUT_UNSUPPORTED', `${name}:${index + 1}: not a MOTChallenge line: ${line}`, {
        hint: 'Each line is frame,id,left,top,width,height,confidence,class,visibility with frames from 1.',
      });
    }
    rows.push({
      frame: frame - 1,
      id,
      box: { x: left - 1, y: top - 1, width, height },
      confidence,
      ...(visibility >= 0 && visibility <= 1 ? { visibility } : {}),
    });
  });
  return rows;
}

/** Writes ground truth (nine columns, class 1) or results (ten columns, as the challenge wants them). */
export function formatMot(rows: readonly MotRow[], kind: 'truth' | 'result'): string {
  const number = (value: number): string => String(Math.round(value * 100) / 100);
  return [...rows]
    .sort((a, b) => a.frame - b.frame || a.id - b.id)
    .map(({ frame, id, box, confidence, visibility = 1 }) => {
      if (!Number.isInteger(frame) || frame < 0) throw new ArgumentError(`frame ${frame} is not an index`);
      const common = [
        frame + 1,
        id,
        ...[box.x + 1, box.y + 1, box.width, box.height, confidence].map(number),
      ];
      return [...common, ...(kind === 'truth' ? [1, number(visibility)] : [-1, -1, -1])].join(',') + '\n';
    })
    .join('');
}
