import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, SourceError } from '@fr-stream/core';
import { createEngine, type EngineOptions } from 'fr-stream/engine';
import { markdownTable } from 'markdown-table';
import { parseBoxes } from './boxes-file.js';
import { evaluateDetection, type ImageDetections } from './metrics/detection.js';
import { progressBar } from './progress.js';
import { percent } from './report/percent.js';

export interface DetectRules {
  /** Faces with a shorter side below are ignored, in pixels. */
  readonly minSize: number;
}

/** Low, so that the precision-recall curve is whole; the table's second part is at the card's own threshold. */
const LOWEST_SCORE = 0.02;

/** Detection against boxes of the truth, with the product's own detector. */
export async function detectTable(
  folder: string,
  boxesFile: string,
  rules: DetectRules,
  options: EngineOptions,
): Promise<string> {
  const text = await readFile(boxesFile, 'utf8').catch((error: unknown) => {
    throw new SourceError('INPUT_NOT_FOUND', `${boxesFile}: ${messageOf(error)}`, { cause: error });
  });
  const boxes = parseBoxes(text, boxesFile, rules);
  await using engine = await createEngine(options);
  const all: ImageDetections[] = [];
  const usual: ImageDetections[] = [];
  {
    using bar = progressBar('photos', boxes.size, options.quiet === true);
    for (const [path, truth] of boxes) {
      const { image } = await engine.codec.decode(join(folder, path));
      const [lax] = await engine.detector.detect([image], { scoreThreshold: LOWEST_SCORE });
      const [found] = await engine.detector.detect([image]);
      all.push({ truth, found: lax });
      usual.push({ truth, found });
      bar.tick();
    }
  }
  const curve = evaluateDetection(all);
  const point = evaluateDetection(usual);
  const head = ['Detector', 'Photos', 'Faces', 'AP', 'Recall', 'False positives', 'Recall at any score'];
  const row = [
    engine.detector.id,
    String(boxes.size),
    String(curve.faces),
    percent(curve.averagePrecision),
    percent(point.recall),
    String(point.falsePositives),
    percent(curve.recall),
  ];
  return `${markdownTable([head, row])}\n`;
}
