import type { FetchProgress } from '@fr-stream/backend-node';
import { paint } from './paint.js';
import { say, sayOver } from './terminal.js';

export interface DownloadReporter {
  readonly update: (progress: FetchProgress) => void;
  readonly done: () => void;
}

/** Shows on stderr that models are being fetched: a line that grows on a terminal, one line per model elsewhere. */
export function downloadReporter(quiet: boolean): DownloadReporter {
  if (quiet) return { update: () => undefined, done: () => undefined };
  const shown = new Set<string>();
  const terminal = process.stderr.isTTY === true;
  return {
    update: ({ id, source, receivedBytes }) => {
      if (terminal) {
        sayOver(`${paint.dim('fetching')} ${id} ${(receivedBytes / 1e6).toFixed(1)} MB`);
      } else if (!shown.has(id)) {
        say(`fetching ${id} from ${source}`);
      }
      shown.add(id);
    },
    done: () => {
      if (terminal && shown.size > 0) say('');
    },
  };
}
