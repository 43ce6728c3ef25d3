import { resolve } from 'node:path';
import { SqlitePhotoLibrary } from '@fr-stream/backend-node';
import { scanPhotos, type PhotoOutcome } from '@fr-stream/stream';
import { SingleBar } from 'cli-progress';
import { createEngine } from '../engine/engine.js';
import { galleryPath } from '../engine/open-gallery.js';
import type { EngineOptions } from '../engine/options.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { Interrupt } from '../interrupt.js';
import { paint } from '../ui/paint.js';

export interface PhotosScanOptions extends EngineOptions {
  readonly gallery?: string;
  readonly faces?: string;
  readonly json?: boolean;
}

/** Photos are not in a hurry, and groups in them are small in the detector's 320 pixels. */
export const PHOTO_TILES = 3;

/** Where the cut-outs of a gallery file lie: beside it. */
export function facesFolder(gallery: string | undefined, faces: string | undefined): string {
  return resolve(faces ?? `${galleryPath(gallery).replace(/\.[^./\\]*$/, '')}-faces`);
}

class ScanProgress {
  readonly #bar: SingleBar | undefined;

  constructor(quiet: boolean) {
    if (quiet || process.stderr.isTTY !== true) return;
    this.#bar = new SingleBar({
      format: '{bar} {value}/{total} photos ETA {eta_formatted}',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      barsize: 24,
      gracefulExit: false,
    });
  }

  start(photos: number): void {
    this.#bar?.start(photos, 0);
  }

  update(outcome: PhotoOutcome): void {
    this.#bar?.increment();
    if (outcome.kind !== 'skipped') return;
    const line = `${paint.yellow('skipped:')} ${outcome.error.message}`;
    process.stderr.write(this.#bar === undefined ? `${line}\n` : `\r\u001b[K${line}\n`);
  }

  stop(): void {
    this.#bar?.stop();
  }
}

/** `fr-stream photos`: finds, cuts out and embeds the faces of photos that are new or changed. */
export async function photosScan(inputs: readonly string[], options: PhotosScanOptions): Promise<ExitCode> {
  const started = performance.now();
  const quiet = options.quiet === true;
  const settings = { ...options, tiles: options.tiles ?? PHOTO_TILES };
  await using library = await SqlitePhotoLibrary.open(galleryPath(options.gallery));
  await using engine = await createEngine(settings);
  using interrupt = new Interrupt();
  const progress = new ScanProgress(quiet);
  try {
    const summary = await scanPhotos(inputs, {
      ...engine,
      library,
      folder: facesFolder(options.gallery, options.faces),
      chain: JSON.stringify([engine.models, settings.tiles, settings.detectorSize ?? null]),
      signal: interrupt.signal,
      onStart: (photos) => progress.start(photos),
      onPhoto: (outcome) => progress.update(outcome),
    });
    progress.stop();
    const seconds = (performance.now() - started) / 1000;
    if (options.json === true) {
      process.stdout.write(`${JSON.stringify({ schema: 'fr-stream/photos@1', ...summary, seconds })}\n`);
    } else if (!quiet) {
      const { photos, searched, faces, unchanged, duplicates, skipped, removed } = summary;
      process.stdout.write(
        `${photos} photos: ${searched} searched (${faces} faces), ${unchanged} unchanged, ` +
          `${duplicates} duplicates, ${skipped} skipped, ${removed} removed\n`,
      );
      process.stderr.write(
        paint.dim(`${seconds.toFixed(1)} s, ${engine.models.join(' + ')}, kept in ${library.path}\n`),
      );
    }
    if (interrupt.signal.aborted) return EXIT.interrupted;
    return summary.skipped > 0 ? EXIT.partial : EXIT.ok;
  } finally {
    progress.stop();
  }
}
