import { safeJson, toFrameEvent, type FrameEventOptions, type FrameReport } from '@fr-stream/core';
import type { OpenableSink } from './openable.js';
import type { OutputTarget } from '../output/output.js';
import { TextOutput } from '../output/text-output.js';

export interface JsonlOptions extends FrameEventOptions {
  /** Also write frames in which no face was found. Default false. Frames with an error are always written. */
  readonly emptyFrames?: boolean;
}

/**
 * JSON Lines: one {@link FrameEvent} per frame with faces (`schema/events.schema.json`).
 *
 * The file grows as `NAME.part.jsonl` and gets its name on `close()`. Every line is handed to the system as it comes,
 * so after a crash the part file holds all but the last lines, each but the last of them whole.
 *
 * @param output a path, `-` for standard output, or a stream (which is not ended).
 */
export function jsonl(output: OutputTarget, options: JsonlOptions = {}): OpenableSink<FrameReport> {
  const file = new TextOutput(output);
  return {
    open: () => file.open(),
    write: async (item) => {
      if (item.faces.length === 0 && !item.error && !options.emptyFrames) return;
      await file.write(`${safeJson(toFrameEvent(item, options))}\n`);
    },
    close: () => file.close(),
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}
