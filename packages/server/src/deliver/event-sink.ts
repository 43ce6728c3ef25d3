import type { ServerEvent } from '../events/event.js';

/** A way out for events. */
export interface EventSink {
  /** Stays the same over restarts: how far it has got is kept under this name. */
  readonly name: string;
  /** Failing events are left out after so long. */
  readonly giveUpMs: number;
  accepts(event: ServerEvent): boolean;
  /** Resolves when the other side has it. @throws anything: it will be tried again. */
  deliver(event: ServerEvent, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface SinkFilters {
  readonly types?: readonly string[] | undefined;
  readonly cameras?: readonly string[] | undefined;
  readonly galleries?: readonly string[] | undefined;
}
