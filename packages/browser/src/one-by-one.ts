import { BackendError } from '@fr-stream/core';
import { Subject, type OperatorFunction } from 'rxjs';

/**
 * An operator that gives one value for each that it takes, in order, as a function to be called and awaited. For callers
 * that have a picture now and want its faces, rather than a stream.
 */
export class OneByOne<In, Out> {
  readonly #input = new Subject<In>();
  #ended: { readonly reason: unknown } | undefined;
  readonly #waiting: { readonly resolve: (value: Out) => void; readonly reject: (error: unknown) => void }[] =
    [];

  constructor(operator: OperatorFunction<In, Out>) {
    this.#input.pipe(operator).subscribe({
      next: (value) => this.#waiting.shift()?.resolve(value),
      error: (error: unknown) => this.#refuse(error),
      complete: () => this.#refuse(new BackendError('ABORTED', 'Another source was begun.')),
    });
  }

  /** @throws whatever the operator's stream ends with, then and ever after. */
  next(value: In): Promise<Out> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended.reason);
    const result = new Promise<Out>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.#input.next(value);
    return result;
  }

  /** Lets go of what the operator holds; whoever still waits is told. */
  close(): void {
    this.#input.complete();
  }

  #refuse(error: unknown): void {
    this.#ended = { reason: error };
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
