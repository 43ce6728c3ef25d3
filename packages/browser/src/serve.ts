import { expose } from 'comlink';
import { carryErrors } from './carry-errors.js';
import { FaceEngine } from './face-engine.js';

/** To be called once in a worker's own script: makes the worker a {@link FaceEngine} for `connectFaceEngine`. */
export function serveFaceEngine(): void {
  carryErrors();
  expose(new FaceEngine());
}
