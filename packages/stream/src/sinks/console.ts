import { safeText, type Face, type FrameFaces } from '@fr-stream/core';
import type { OpenableSink } from './openable.js';
import type { OutputTarget } from '../output/output.js';
import { TextOutput } from '../output/text-output.js';

export interface ConsoleOptions {
  /** A change must hold for so long before it is printed, in milliseconds of source time. Default 0. */
  readonly settleMs?: number;
}

/**
 * One plain line each time the set of people in view changes: `00:12.480  Ada, unknown-7, 2 unknown`.
 * Frames on which the detector did not run change nothing.
 *
 * @param output default standard output.
 */
export function consoleLines(
  output: OutputTarget = '-',
  options: ConsoleOptions = {},
): OpenableSink<FrameFaces> {
  const file = new TextOutput(output);
  const settleMs = options.settleMs ?? 0;
  let shown: string | undefined;
  let candidate: { readonly view: string; readonly sinceMs: number } | undefined;
  return {
    open: () => file.open(),
    write: async ({ frame, faces, evaluated, error }) => {
      if (error) await file.write(`${timecode(frame.timeMs)}  error: ${safeText(error.message)}\n`);
      if (error || !evaluated) return;
      const view = describe(faces);
      if (view === shown) {
        candidate = undefined;
        return;
      }
      if (candidate?.view !== view) candidate = { view, sinceMs: frame.timeMs };
      if (frame.timeMs - candidate.sinceMs < settleMs) return;
      shown = view;
      await file.write(`${timecode(candidate.sinceMs)}  ${view}\n`);
      candidate = undefined;
    },
    close: () => file.close(),
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}

function describe(faces: readonly Face[]): string {
  if (faces.length === 0) return 'nobody';
  const names = new Set<string>();
  let strangers = 0;
  for (const { identity } of faces) {
    const name = identity?.kind === 'known' ? identity.name : identity?.label;
    if (name === undefined) strangers++;
    else names.add(safeText(name));
  }
  const list = [...names].sort();
  if (strangers > 0) list.push(`${strangers} unknown`);
  return list.join(', ');
}

/** `MM:SS.mmm`, with hours in front where there are any. */
export function timecode(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');
  const hours = Math.floor(whole / 3_600_000);
  const rest = `${pad(Math.floor(whole / 60_000) % 60, 2)}:${pad(Math.floor(whole / 1000) % 60, 2)}.${pad(whole % 1000, 3)}`;
  return hours > 0 ? `${pad(hours, 2)}:${rest}` : rest;
}
