import {
  safeJson,
  toFrameEvent,
  type FrameEventOptions,
  type FrameReport,
  type Hindsight,
} from '@fr-stream/core';
import type { OpenableSink } from './openable.js';
import { Output, type OutputTarget } from '../output/output.js';
import { TextOutput } from '../output/text-output.js';
import { revisedEvents } from './revise-events.js';
import { Revisions } from './revisions.js';

export interface JsonlOptions extends FrameEventOptions {
  /** Also write frames in which no face was found. Default false. Frames with an error are always written. */
  readonly emptyFrames?: boolean;
  /**
   * Asked on `close()` who the faces turned out to be. A file is written anew before it gets its name; where lines
   * cannot be rewritten (standard output, pipes), what follows them says who was somebody else than was said: one
   * {@link RevisionEvent} for each run of frames of a track. Default: nothing is revised.
   */
  readonly hindsight?: Hindsight;
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
  const { hindsight } = options;
  const file = new TextOutput(output);
  let revisions: Promise<Revisions | undefined> | undefined;
  const open = async (): Promise<Revisions | undefined> => {
    // First, so that an output that cannot be written is told once.
    await file.open();
    revisions ??= isFile(output).then((is) => (is || hindsight === undefined ? undefined : new Revisions()));
    return revisions;
  };
  return {
    open: async () => void (await open()),
    write: async (item) => {
      await (await open())?.add(item);
      if (item.faces.length === 0 && !item.error && !options.emptyFrames) return;
      await file.write(`${safeJson(toFrameEvent(item, options))}\n`);
    },
    close: async () => {
      const wrong = await open();
      if (hindsight !== undefined && wrong !== undefined)
        for await (const event of wrong.events(hindsight)) await file.write(`${safeJson(event)}\n`);
      await file.close(hindsight && ((written) => revisedEvents(written, hindsight, options.emptyFrames)));
    },
    [Symbol.asyncDispose]: async () => {
      await (await revisions)?.[Symbol.asyncDispose]();
      await file[Symbol.asyncDispose]();
    },
  };
}

async function isFile(target: OutputTarget): Promise<boolean> {
  const output = typeof target === 'string' ? new Output(target) : target;
  return output instanceof Output && (await output.place()).kind === 'file';
}
