/** What one process alone does for a while, such as to watch a camera. */
export interface Lease {
  readonly name: string;
  /** Grows with each change of hands: what is written under an older one is refused. */
  readonly token: number;
}

/** Who is there, and who has what. */
export interface LeaseState {
  /** Processes that were heard of within a lease's time, and what each could do. */
  readonly members: readonly { readonly name: string; readonly things: readonly string[] }[];
  readonly leases: readonly { readonly name: string; readonly owner: string }[];
}

/** Leases in a store that several processes share, by the clock of that store. */
export interface Leases {
  /** This process, as others see it. */
  readonly member: string;
  /** How long a lease lasts that is not renewed, in milliseconds. */
  readonly ms: number;
  /** Says that this process is there, and what it could do. */
  beat(things: readonly string[]): Promise<void>;
  /** Renews what this process holds. @returns the names of those that are still its own. */
  renew(leases: readonly Lease[]): Promise<ReadonlySet<string>>;
  state(): Promise<LeaseState>;
  /** Takes those that are free. @returns what it got. */
  claim(names: readonly string[]): Promise<readonly Lease[]>;
  /** Gives one back. */
  release(lease: Lease): Promise<void>;
  /** Says that this process is there no more. */
  leave(): Promise<void>;
}
