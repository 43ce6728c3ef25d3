import type { Lease, Leases, LeaseState } from '@fr-stream/core';
import type { SqlDatabase } from '../sql/database.js';

/**
 * Leases in a table, by the clock of the database: one that is not renewed in time is free, and goes to whoever claims
 * it first. Each call is one statement, so that nobody who stops in the midst holds others up.
 */
export class PostgresLeases implements Leases {
  readonly #database: SqlDatabase;
  /** This process, as others see it. */
  readonly member: string;
  /** How long a lease lasts that is not renewed. */
  readonly ms: number;

  /** The database stays the caller's. @param member a name that no other process has or had. */
  constructor(database: SqlDatabase, member: string, ms: number) {
    this.#database = database;
    this.member = member;
    this.ms = ms;
  }

  async beat(things: readonly string[]): Promise<void> {
    await this.#database.query(
      `WITH gone AS (DELETE FROM members WHERE until < clock_timestamp() - interval '1 day' AND name <> $1)
       INSERT INTO members (name, things, until) VALUES ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
       ON CONFLICT (name) DO UPDATE SET things = excluded.things, until = excluded.until`,
      [this.member, things, this.ms],
    );
  }

  async renew(leases: readonly Lease[]): Promise<ReadonlySet<string>> {
    if (leases.length === 0) return new Set();
    const { rows } = await this.#database.query<{ readonly name: string }>(
      `UPDATE leases l SET until = clock_timestamp() + $4 * interval '1 millisecond'
       FROM unnest($1::text[], $2::bigint[]) AS mine (name, token)
       WHERE l.name = mine.name AND l.token = mine.token AND l.owner = $3 AND l.until > clock_timestamp()
       RETURNING l.name`,
      [leases.map(({ name }) => name), leases.map(({ token }) => token), this.member, this.ms],
    );
    return new Set(rows.map(({ name }) => name));
  }

  async state(): Promise<LeaseState> {
    const { rows: members } = await this.#database.query<LeaseState['members'][number]>(
      'SELECT name, things FROM members WHERE until > clock_timestamp() ORDER BY name',
    );
    const { rows: leases } = await this.#database.query<LeaseState['leases'][number]>(
      'SELECT name, owner FROM leases WHERE until > clock_timestamp() ORDER BY name',
    );
    return { members, leases };
  }

  async claim(names: readonly string[]): Promise<readonly Lease[]> {
    if (names.length === 0) return [];
    const { rows } = await this.#database.query<Lease>(
      `INSERT INTO leases AS l (name, owner, token, until)
       SELECT n, $2, nextval('lease_tokens'), clock_timestamp() + $3 * interval '1 millisecond'
       FROM unnest($1::text[]) AS n ORDER BY n
       ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, token = excluded.token, until = excluded.until
         WHERE l.until <= clock_timestamp()
       RETURNING l.name, l.token::double precision AS token`,
      [names, this.member, this.ms],
    );
    return rows;
  }

  async release({ name, token }: Lease): Promise<void> {
    await this.#database.query('DELETE FROM leases WHERE name = $1 AND token = $2', [name, token]);
  }

  async leave(): Promise<void> {
    await this.#database.query('DELETE FROM members WHERE name = $1', [this.member]);
  }
}
