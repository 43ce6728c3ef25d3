import type { DecodeContext, DetectorDecoder, Tensors } from '../decode/decoder.js';
import { ModelError } from '../errors.js';
import { assert, assertEqual, rejection, type ConformanceCheck } from './conformance.js';

export interface DecoderSubject {
  readonly decoder: DetectorDecoder;
  /** Outputs of a run of one picture, in which there is at least one face. */
  readonly outputs: Tensors;
  readonly context: DecodeContext;
}

/** What every decoder of a detector family must do. */
export function detectorDecoderConformance({
  decoder,
  outputs,
  context,
}: DecoderSubject): readonly ConformanceCheck[] {
  const check = (name: string, run: () => void | Promise<void>): ConformanceCheck => ({
    name,
    run: async () => run(),
  });
  const decode = (threshold = context.scoreThreshold) =>
    decoder(outputs, { ...context, scoreThreshold: threshold });
  return [
    check('gives candidates with boxes of numbers and scores from the threshold to 1', () => {
      const found = decode();
      assert(found.length > 0, 'a candidate');
      for (const { box, score, landmarks } of found) {
        assert(score >= context.scoreThreshold && score <= 1, `score ${score}`);
        assert(Object.values(box).every(Number.isFinite) && box.width > 0 && box.height > 0, 'the box');
        assert(landmarks?.points.every(({ x, y }) => Number.isFinite(x + y)) !== false, 'the landmarks');
      }
      const best = Math.max(...found.map(({ score }) => score));
      assertEqual(
        decode(Math.min(1, best + 1e-3)).filter(({ score }) => score < best),
        [],
        'above the best',
      );
    }),
    check('changes nothing in the outputs, and says the same of them again', () => {
      const before = JSON.stringify(Object.values(outputs).map(({ data }) => [...data].map(String)));
      const first = decode();
      assertEqual(decode(), first, 'the second time');
      assertEqual(
        JSON.stringify(Object.values(outputs).map(({ data }) => [...data].map(String))),
        before,
        'the outputs',
      );
    }),
    check('refuses outputs that are missing or of another shape', async () => {
      const missing = await rejection(() => decoder({}, context), 'no outputs');
      assert(ModelError.isInstance(missing), 'a ModelError');
      const longer = Object.fromEntries(
        Object.entries(outputs).map(([name, { data }]) => [
          name,
          { type: 'float32', dims: [1, data.length + 1], data: new Float32Array(data.length + 1) } as const,
        ]),
      );
      const odd = await rejection(() => decoder(longer, context), 'one value too many');
      assert(ModelError.isInstance(odd), 'a ModelError');
    }),
  ];
}
