/** An image element may still be loading from an address that has just been replaced. */
const GRACE_MS = 10_000;

function release(url: string | undefined): void {
  if (url !== undefined) setTimeout(() => URL.revokeObjectURL(url), GRACE_MS);
}

/** Object URLs by key, each freed when it is replaced; the oldest go when there are too many. */
export class Pictures {
  readonly #urls = new Map<string, string>();

  readonly #capacity: number;

  constructor(capacity = 400) {
    this.#capacity = capacity;
  }

  put(key: string, picture: Blob): string {
    release(this.#urls.get(key));
    this.#urls.delete(key);
    const url = URL.createObjectURL(picture);
    this.#urls.set(key, url);
    const [first] = this.#urls;
    if (this.#urls.size > this.#capacity && first !== undefined) {
      const [oldest, freed] = first;
      release(freed);
      this.#urls.delete(oldest);
    }
    return url;
  }

  get(key: string): string | undefined {
    return this.#urls.get(key);
  }
}
