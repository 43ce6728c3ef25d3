/** The best distances of the `k` nearest groups, a number being a group of one; found in one pass. */
export class NearestGroups {
  readonly #wanted: number;
  readonly #groups: (string | number)[] = [];
  /** Ascending. */
  readonly #distances: number[] = [];
  /** Of the `k`-th; infinity while there are fewer. */
  limit = Infinity;

  constructor(wanted: number) {
    this.#wanted = wanted;
  }

  add(group: string | number, distance: number): void {
    const known = this.#groups.indexOf(group);
    if (known !== -1) {
      if (this.#distances[known] <= distance) return;
      this.#groups.splice(known, 1);
      this.#distances.splice(known, 1);
    }
    let at = this.#distances.length;
    while (at > 0 && this.#distances[at - 1] > distance) at--;
    this.#groups.splice(at, 0, group);
    this.#distances.splice(at, 0, distance);
    if (this.#groups.length > this.#wanted) {
      this.#groups.pop();
      this.#distances.pop();
    }
    if (this.#groups.length === this.#wanted) this.limit = this.#distances[this.#wanted - 1];
  }
}
