import { SingleBar } from 'cli-progress';

/** A progress bar in the look of all commands, not started. @param format of cli-progress, coloured by `barPaint`. */
export function progressBar(format: string, stream: NodeJS.WritableStream): SingleBar {
  return new SingleBar({
    format,
    stream,
    hideCursor: true,
    clearOnComplete: true,
    barsize: 24,
    barCompleteChar: '━',
    barIncompleteChar: '─',
    fps: 8,
    gracefulExit: false,
    linewrap: false,
  });
}
