import { assert, assertEqual } from './conformance.js';
import type { ConformanceCheck } from './conformance.js';

type Awaitable<T> = T | Promise<T>;

/** As much of an event as the suite says something about. */
export interface SampleEvent {
  readonly schema: 'fr-stream/event@1';
  readonly id: string;
  readonly gallery: string;
  readonly camera: string;
  readonly type: 'person.appeared' | 'person.left' | 'camera.lost';
  readonly at: string;
  readonly person?: { readonly id: string; readonly name: string };
  readonly stay?: string;
  readonly snapshot?: string;
  readonly reason?: string;
}

/** A track in view. */
export interface SampleStay {
  readonly id: string;
  readonly camera: string;
  readonly gallery: string;
  readonly track: number;
  readonly sinceMs: number;
  readonly lastMs: number;
}

/** What comes back, as far as the suite looks at it. */
interface Numbered {
  readonly seq: number;
  readonly id: string;
  readonly person?: { readonly name: string } | undefined;
  readonly snapshot?: string | undefined;
  readonly reason?: string | undefined;
}

interface SampleQuery {
  readonly galleries: readonly string[];
  readonly camera?: string;
  readonly types?: readonly string[];
  readonly person?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly before?: number;
  readonly after?: number;
  readonly limit: number;
}

/** What every store of a server's events does, over whatever database. */
export interface EventStoreSubject {
  insert(event: SampleEvent, stay?: SampleStay | { readonly ended: string }): Awaitable<Numbered>;
  keepStay(stay: SampleStay): Awaitable<void>;
  touchStays(ids: readonly string[], lastMs: number): Awaitable<void>;
  openStays(): Awaitable<readonly SampleStay[]>;
  query(query: SampleQuery): Awaitable<readonly Numbered[]>;
  get(id: string): Awaitable<Numbered | undefined>;
  following(camera: string, seq: number, limit: number): Awaitable<readonly Numbered[]>;
  lastSeq(): Awaitable<number>;
  prune(beforeMs: number, limit?: number): Awaitable<readonly Numbered[]>;
  forgetPerson(personId: string): Awaitable<readonly Numbered[]>;
}

const DAY = Date.parse('2026-05-01T00:00:00Z');
const ada = { id: 'p1', name: 'Ada' };

/** The event of that number: a second after the one before. */
const sample = (number: number, more: Partial<SampleEvent> = {}): SampleEvent => ({
  schema: 'fr-stream/event@1',
  id: `e${number}`,
  gallery: 'home',
  camera: 'door',
  type: 'person.appeared',
  at: new Date(DAY + number * 1000).toISOString(),
  ...more,
});

const stay = (id: string, lastMs = DAY): SampleStay => ({
  id,
  camera: 'door',
  gallery: 'home',
  track: 1,
  sinceMs: DAY,
  lastMs,
});

const ids = (events: readonly { readonly id: string }[]): string[] => events.map(({ id }) => id);

/** What every event store must do. @param make an empty one. */
export function eventStoreConformance(
  make: () => Promise<EventStoreSubject & Partial<AsyncDisposable>>,
): readonly ConformanceCheck[] {
  const check = (name: string, run: (store: EventStoreSubject) => Promise<void>): ConformanceCheck => ({
    name,
    run: async () => {
      const store = await make();
      try {
        await run(store);
      } finally {
        await store[Symbol.asyncDispose]?.();
      }
    },
  });
  const all = { galleries: ['home'], limit: 100 };
  return [
    check('numbers events in the order in which they are kept, and gives them back whole', async (store) => {
      assertEqual(await store.lastSeq(), 0, 'at first');
      const event = sample(1, { person: ada, snapshot: '/1.jpg' });
      const one = await store.insert(event);
      const two = await store.insert(sample(2));
      assert(one.seq > 0 && two.seq > one.seq, 'numbers grow');
      assertEqual(await store.lastSeq(), two.seq, 'the last');
      assertEqual({ ...(await store.get('e1')) }, { ...event, seq: one.seq }, 'one of them');
      assertEqual(await store.get('e9'), undefined, 'one that is not there');
    }),

    check('lists the newest first, or what came after one, oldest first', async (store) => {
      const kept: Numbered[] = [];
      for (let i = 1; i <= 5; i++) kept.push(await store.insert(sample(i)));
      const third = kept[2]?.seq ?? 0;
      assertEqual(ids(await store.query({ ...all, limit: 2 })), ['e5', 'e4'], 'newest');
      assertEqual(ids(await store.query({ ...all, before: third })), ['e2', 'e1'], 'before');
      assertEqual(ids(await store.query({ ...all, after: third })), ['e4', 'e5'], 'after');
    }),

    check('filters by gallery, camera, type, person and time', async (store) => {
      await store.insert(sample(1, { person: ada }));
      await store.insert(sample(2, { camera: 'yard', type: 'person.left' }));
      await store.insert(sample(3, { type: 'camera.lost' }));
      await store.insert(sample(4, { gallery: 'work' }));
      const found = async (more: Partial<SampleQuery>) => ids(await store.query({ ...all, ...more }));
      assertEqual(await found({}), ['e3', 'e2', 'e1'], 'of one gallery');
      assertEqual(await found({ galleries: ['home', 'work'] }), ['e4', 'e3', 'e2', 'e1'], 'of two');
      assertEqual(await found({ camera: 'yard' }), ['e2'], 'camera');
      assertEqual(await found({ types: ['person.*'] }), ['e2', 'e1'], 'a pattern of types');
      assertEqual(await found({ types: ['person.left', 'camera.*'] }), ['e3', 'e2'], 'several types');
      assertEqual(await found({ person: 'p1' }), ['e1'], 'person');
      assertEqual(await found({ fromMs: DAY + 2000, toMs: DAY + 3000 }), ['e2'], 'from, and before');
    }),

    check('follows one camera in order', async (store) => {
      const first = await store.insert(sample(1));
      for (const [i, camera] of ['yard', 'door', 'door', 'door'].entries())
        await store.insert(sample(i + 2, { camera }));
      assertEqual(ids(await store.following('door', first.seq, 2)), ['e3', 'e4'], 'the next two');
    }),

    check('keeps what is in view with the event that tells of it, and until it ends', async (store) => {
      await store.insert(sample(1, { stay: 's1' }), stay('s1'));
      await store.keepStay(stay('s2'));
      await store.touchStays(['s1', 's9'], DAY + 5000);
      const open = [...(await store.openStays())];
      assertEqual(open, [stay('s1', DAY + 5000), stay('s2')], 'in view');
      await store.insert(sample(2, { type: 'person.left', stay: 's1' }), { ended: 's1' });
      assertEqual(ids(await store.openStays()), ['s2'], 'after one left');
    }),

    check('removes what is old, some at a time', async (store) => {
      for (let i = 1; i <= 5; i++) await store.insert(sample(i));
      assertEqual(ids(await store.prune(DAY + 4000, 2)).sort(), ['e1', 'e2'], 'at first');
      assertEqual(ids(await store.prune(DAY + 4000, 2)), ['e3'], 'then');
      assertEqual(ids(await store.prune(DAY + 4000, 2)), [], 'in the end');
      assertEqual(ids(await store.query(all)), ['e5', 'e4'], 'what is left');
      const { seq } = await store.insert(sample(6));
      assertEqual(await store.lastSeq(), seq, 'numbers go on');
    }),

    check('forgets somebody, and what their stay showed before they were known', async (store) => {
      await store.insert(sample(1, { stay: 's1', snapshot: '/1.jpg' }));
      await store.insert(sample(2, { stay: 's1', person: ada, snapshot: '/2.jpg' }));
      await store.insert(sample(3, { person: { id: 'p2', name: 'Bo' }, snapshot: '/3.jpg' }));
      const told = await store.forgetPerson('p1');
      assertEqual(
        told.map(({ snapshot }) => snapshot),
        ['/1.jpg', '/2.jpg'],
        'as they were',
      );
      const left = [...(await store.query(all))].reverse();
      assertEqual(
        left.map(({ person, snapshot, reason }) => [person?.name ?? null, snapshot ?? null, reason ?? null]),
        [
          [null, null, 'forgotten'],
          [null, null, 'forgotten'],
          ['Bo', '/3.jpg', null],
        ],
        'as they are',
      );
      assertEqual(ids(await store.query({ ...all, person: 'p1' })), [], 'by person');
    }),
  ];
}
