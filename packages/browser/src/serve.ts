import { expose, transfer } from 'comlink';
import { carryErrors } from './carry-errors.js';
import { FaceEngine } from './face-engine.js';

/** To be called once in a worker's own script: makes the worker a {@link FaceEngine} for `connectFaceEngine`. */
export function serveFaceEngine(): void {
  carryErrors();
  const engine = new FaceEngine();
  // Pictures are handed over, not copied.
  const picture: FaceEngine['picture'] = async (file, maxSide) => {
    const bitmap = await FaceEngine.prototype.picture.call(engine, file, maxSide);
    return transfer(bitmap, [bitmap]);
  };
  expose(Object.assign(engine, { picture }));
}
