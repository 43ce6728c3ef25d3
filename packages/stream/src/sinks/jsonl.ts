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
import { Revisions } from './revisions.js';

export interface JsonlOptions extends FrameEventOptions {
  /** Also write frames in which no face was found. Default false. Frames with an error are always written. */
  readonly emptyFrames?: boolean;
  /**
   * Where lines cannot be rewritten (standard output, pipes), say at the end who was somebody else than was said: one
   * {@link RevisionEvent} for each run of frames of a track. Files are left to `reviseEvents`. Default: nothing is said.
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
  const file = new TextOutput(output);
  const { hindsight } = options;
  let revisions: Promise<Revisions | undefined> | undefined;
  const open = async (): Promise<Revisions | undefined> => {
    revisions ??= isFile(output).then((is) => (is || hindsight === undefined ? undefined : new Revisions()));
    await file.open();
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
      await file.close();
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
