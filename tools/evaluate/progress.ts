import { Presets, SingleBar } from 'cli-progress';

/** A progress bar on stderr; nothing when stderr is no terminal or `quiet`. */
export function progressBar(what: string, total: number, quiet: boolean) {
  const shown = !quiet && process.stderr.isTTY === true;
  const bar = new SingleBar(
    { format: `${what} {bar} {value}/{total} {eta_formatted}`, stream: process.stderr },
    Presets.shades_classic,
  );
  if (shown) bar.start(total, 0);
  return {
    tick: () => {
      if (shown) bar.increment();
    },
    [Symbol.dispose]: () => {
      if (shown) bar.stop();
    },
  };
}
