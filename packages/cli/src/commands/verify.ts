import { cosineSimilarity } from '@fr-stream/core';
import { createEngine, type Engine } from '../compose/engine.js';
import { enrolableFace } from '@fr-stream/engine';
import { judge } from '@fr-stream/engine';
import type { EngineOptions } from '../compose/options.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { print, printJson } from '../ui/terminal.js';

export interface VerifyOptions extends EngineOptions {
  readonly threshold?: number;
  readonly far?: number;
  readonly minQuality?: number;
  readonly largest?: boolean;
  readonly json?: boolean;
}

/** `fr-stream verify`: whether two photos show one person. The exit status says it too. */
export async function verifyCommand(
  first: string,
  second: string,
  options: VerifyOptions,
): Promise<ExitCode> {
  await using engine = await createEngine({ ...options, rotationRetry: true });
  const rules = { minQuality: options.minQuality ?? 0, largest: options.largest === true };
  const face = (of: Engine, photo: string) => enrolableFace(of, photo, rules);
  const [a, b] = [await face(engine, first), await face(engine, second)];
  const cosine = cosineSimilarity(a.embedding.vector, b.embedding.vector);
  const judgement = judge(engine, cosine, options);
  const { same, threshold, confidence, falseAcceptRate, thresholdFalseAcceptRate } = judgement;
  if (options.json === true) {
    const photos = [a, b].map(({ source, quality }) => ({ photo: source, quality }));
    const event = { schema: 'fr-stream/verify@1', embedder: engine.embedder.id, ...judgement, photos };
    printJson(event);
  } else if (options.quiet !== true) {
    const rate = (value: number | null) => (value === null ? 'not measured' : value.toExponential(1));
    print(
      same ? 'same person' : 'different people',
      `  cosine            ${cosine.toFixed(3)} (threshold ${threshold.toFixed(3)})`,
      `  probability       ${confidence === null ? 'not measured' : `${(confidence * 100).toFixed(1)} %`} of one person, if both answers are as likely beforehand`,
      `  false-accept rate ${rate(thresholdFalseAcceptRate)} at the threshold, ${rate(falseAcceptRate)} at this score`,
      `  quality           ${a.quality.toFixed(2)} and ${b.quality.toFixed(2)}`,
    );
  }
  return same ? EXIT.ok : EXIT.check;
}
