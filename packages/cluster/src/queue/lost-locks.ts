/** Workers that may vanish over one task; with one more it is set aside. */
const MOST_VANISHED = 2;
/** How often a task may be lost by workers that live: then they are too busy, or cut off, to do it at all. */
const MOST_LOST = 20;

/** What is said of a task in its log, which all workers see. */
export const LATE = 'late';
const ASKED = 'asked';
const ASIDE = 'set aside';

export type Verdict =
  | { readonly kind: 'do' }
  /** Said in the log; whoever lost the task and lives says so meanwhile. */
  | { readonly kind: 'ask'; readonly log: string }
  | { readonly kind: 'set aside'; readonly log: string; readonly reason: string };

/**
 * Whether a task that workers have lost is done once more. The queue counts each lock that ran out, whether its worker was
 * taken down by the task, was killed, was cut off, or was only kept from renewing it by a machine that is too busy. Those
 * who live say that they were late; the others have vanished.
 * @param lost how often its lock ran out, ever.
 * @param log what workers have said of it, in their order.
 */
export function verdictOn(lost: number, log: readonly string[]): Verdict {
  // What was before it was set aside, and tried again by whoever looked into it, counts no more.
  const last = log.findLastIndex((line) => line.startsWith(ASIDE));
  const since = log.slice(last + 1);
  const times = lost - (last < 0 ? 0 : Number(log[last]?.slice(ASIDE.length)));
  const late = since.filter((line) => line === LATE).length;
  const vanished = times - late;
  const aside = { kind: 'set aside', log: `${ASIDE} ${lost}` } as const;
  if (times > MOST_LOST) {
    return {
      ...aside,
      reason: `${times} workers lost it, of whom ${late} were only too busy or cut off: let fewer of them work on one machine, or give them a longer --lock`,
    };
  }
  if (vanished <= MOST_VANISHED) return { kind: 'do' };
  const asked = `${ASKED} ${lost}`;
  if (!since.includes(asked)) return { kind: 'ask', log: asked };
  return {
    ...aside,
    reason: `${vanished} workers vanished over it: they were killed, or it takes them down`,
  };
}
