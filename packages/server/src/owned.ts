/** Things to be ended in the reverse order of their making (Node 20 has no `AsyncDisposableStack`). */
export class Owned implements AsyncDisposable {
  #ends: (() => unknown)[] = [];

  use<T extends AsyncDisposable>(thing: T): T {
    this.#ends.push(() => thing[Symbol.asyncDispose]());
    return thing;
  }

  adopt<T>(thing: T, end: (thing: T) => unknown): T {
    this.#ends.push(() => end(thing));
    return thing;
  }

  defer(end: () => unknown): void {
    this.#ends.push(end);
  }

  /** Hands everything on; nothing is left to be ended here. */
  move(): Owned {
    const next = new Owned();
    next.#ends = this.#ends;
    this.#ends = [];
    return next;
  }

  /** Ends everything, also when an end fails. @throws the first failure. */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (const end of this.#ends.splice(0).reverse()) {
      try {
        await end();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
