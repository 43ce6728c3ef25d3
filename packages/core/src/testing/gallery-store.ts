import { firstValueFrom, timer } from 'rxjs';
import { FrStreamError } from '../errors.js';
import {
  GALLERY_STORE_CONTRACT,
  type FaceFilter,
  type GalleryFace,
  type GalleryFaceRecord,
  type GalleryOutline,
  type GallerySnapshot,
  type GalleryStore,
} from '../identity/gallery-store.js';
import { assert, assertEqual, rejection } from './conformance.js';
import type { ConformanceCheck } from './conformance.js';

export interface GalleryStoreSubject {
  /** Gives an empty store, which the suite disposes. */
  readonly make: () => Promise<GalleryStore>;
  /**
   * Opens what `store`, still open, keeps, a second time, as another process would. Leave away for stores that
   * keep nothing beyond themselves.
   */
  readonly reopen?: (store: GalleryStore) => Promise<GalleryStore>;
}

const ada = { id: 'p1', name: 'Ada' };
const grace = { id: 'p2', name: 'Grace' };

function face(id: string, personId: string, ...values: number[]): GalleryFaceRecord {
  return { id, personId, vector: Float32Array.from(values), source: `photos/${id} – ñ.jpg`, quality: 0.75 };
}

/** A snapshot in a form that can be compared, whatever the store's own order. */
function readable({ embedder, people, faces }: GallerySnapshot) {
  const byId = (a: { readonly id: string }, b: { readonly id: string }) => (a.id < b.id ? -1 : 1);
  return {
    embedder: embedder ?? null,
    people: [...people].sort(byId),
    faces: [...faces]
      .sort(byId)
      .map(({ id, personId, vector, source, quality }) => [
        id,
        personId,
        Array.from(vector),
        source,
        quality,
      ]),
  };
}

async function codeOf(action: () => unknown, what: string): Promise<string> {
  const error = await rejection(action, what);
  assert(FrStreamError.isInstance(error), `${what}: expected a typed error, got ${String(error)}`);
  return error.code;
}

/** What every {@link GalleryStore} must do. */
export function galleryStoreConformance({ make, reopen }: GalleryStoreSubject): readonly ConformanceCheck[] {
  const check = (name: string, run: (store: GalleryStore) => Promise<void>): ConformanceCheck => ({
    name,
    run: async () => {
      await using store = await make();
      await run(store);
    },
  });
  const addAda = { kind: 'add-person', person: ada } as const;
  const addGrace = { kind: 'add-person', person: grace } as const;
  const addFaces = (...faces: GalleryFaceRecord[]) =>
    ({ kind: 'add-faces', embedder: 'net-2', faces }) as const;
  const empty = { embedder: null, people: [], faces: [] };
  const somebody = { id: 'p3', name: 'unknown-7', unnamed: true } as const;

  const checks: ConformanceCheck[] = [
    check('is empty at first', async (store) => {
      assertEqual(store.contract, GALLERY_STORE_CONTRACT, 'contract');
      assertEqual(readable(await store.load()), empty, 'snapshot');
      await store.apply([]);
      assertEqual(readable(await store.load()), empty, 'snapshot after no changes');
    }),

    check('keeps people and faces', async (store) => {
      await store.apply([addAda, addGrace, addFaces(face('f1', 'p1', 0.6, -0.8), face('f2', 'p2', 1, 0))]);
      assertEqual(
        readable(await store.load()),
        {
          embedder: 'net-2',
          people: [ada, grace],
          faces: [
            ['f1', 'p1', Array.from(Float32Array.of(0.6, -0.8)), 'photos/f1 – ñ.jpg', 0.75],
            ['f2', 'p2', [1, 0], 'photos/f2 – ñ.jpg', 0.75],
          ],
        },
        'snapshot',
      );
    }),

    check('keeps every bit of a vector', async (store) => {
      const vector = Float32Array.of(Math.PI, -1e-30, 1.1754943508222875e-38, 0.1, -0);
      await store.apply([addAda, addFaces({ ...face('f1', 'p1'), vector })]);
      const [kept] = (await store.load()).faces;
      assert(kept !== undefined, 'the face is gone');
      assert(
        kept.vector.length === 5 && kept.vector.every((value, i) => Object.is(value, vector[i])),
        `expected ${String(vector)}, got ${String(kept.vector)}`,
      );
    }),

    check(
      'tells who is who without embeddings, and gives those of the named or the unnamed',
      async (store) => {
        const third = face('f3', 'p3', 0, 1);
        await store.apply([
          addAda,
          { kind: 'add-person', person: somebody },
          addFaces(face('f2', 'p1', 1, 0), face('f1', 'p1', 0.6, -0.8), third),
        ]);
        const facts = ({ id, personId, source, quality }: GalleryFace) => [id, personId, source, quality];
        const order = (a: GalleryFace, b: GalleryFace) => (a.id < b.id ? -1 : 1);
        const told = ({ embedder, people, faces, rejections, labels }: Omit<GalleryOutline, 'version'>) => [
          embedder,
          people,
          [...faces].sort(order).map(facts),
          rejections,
          labels,
        ];
        const outline = await store.outline();
        assertEqual(told(outline), told(await store.load()), 'outline');
        assertEqual(outline.version, await store.version(), 'version');
        assert(
          outline.faces.every((one) => !('vector' in one)),
          'an outline holds embeddings',
        );
        const read = async (filter?: FaceFilter) => {
          const faces: unknown[] = [];
          for await (const { id, vector } of store.faces(filter)) faces.push([id, Array.from(vector)]);
          return faces;
        };
        const ofAda = [
          ['f1', Array.from(Float32Array.of(0.6, -0.8))],
          ['f2', [1, 0]],
        ];
        assertEqual(await read({ named: true }), ofAda, 'faces of the named');
        if (store.vectors !== undefined) {
          const vectors: unknown[] = [];
          for await (const part of store.vectors())
            for (const { id, personId, vector } of part) vectors.push([id, personId, Array.from(vector)]);
          const all: unknown[] = [];
          for await (const { id, personId, vector } of store.faces({ named: true }))
            all.push([id, personId, Array.from(vector)]);
          const text = (list: readonly unknown[]) => list.map((one) => JSON.stringify(one)).sort();
          assertEqual(text(vectors), text(all), 'vectors');
        }
        assertEqual(await read({ named: false }), [['f3', [0, 1]]], 'faces of the unnamed');
        assertEqual(await read({ personIds: ['p3', 'nobody'] }), [['f3', [0, 1]]], 'faces of one person');
        assertEqual(
          await read({ named: true, personIds: ['p3'] }),
          [],
          'faces of one person who has no name',
        );
        assertEqual(await read({ personIds: [] }), [], 'faces of no person');
        assertEqual(await read({ excludePersonIds: ['p3'] }), ofAda, 'faces of all but one');
        assertEqual((await read()).length, 3, 'all faces');
      },
    ),

    check('gives faces of photos back, and takes them again with all they had', async (store) => {
      const details = { kind: 'photo', by: 'machine', picture: 'hash' } as const;
      const photo = { ...face('f1', 'p1', 0.6, -0.8), ...details };
      const moveBack = { kind: 'move-faces', faceIds: ['f1'], personId: 'p1', by: 'machine' } as const;
      const kept = async () =>
        (await store.load()).faces.map(({ vector, ...rest }) => [rest, Array.from(vector)]);
      await store.apply([addAda, addGrace, addFaces(photo)]);
      const before = await kept();
      await store.apply([{ kind: 'remove-faces', faceIds: ['f1'] }]);
      assertEqual(await kept(), [], 'after it was taken away');
      await store.apply([moveBack]);
      assertEqual(await kept(), before, 'after it came back');
      assertEqual((await store.load()).embedder, 'net-2', 'embedder');
      await store.apply([{ kind: 'remove-person', personId: 'p1' }]);
      assertEqual(await kept(), [], 'after its person was removed');
      await store.apply([addAda, moveBack]);
      assertEqual(await kept(), before, 'after its person came back');
      await store.apply([{ kind: 'remove-faces', faceIds: ['f1'] }]);
      await store.apply([{ kind: 'forget-people', personIds: ['p1'] }]);
      await store.apply([addAda, moveBack]);
      assertEqual((await store.load()).people.length, 2, 'people');
    }),

    check('counts versions, and refuses changes that were made for another one', async (store) => {
      const first = await store.apply([addAda]);
      assertEqual([await store.version(), (await store.outline()).version], [first, first], 'version');
      const second = await store.apply([addGrace], undefined, first);
      assert(second > first, 'the version does not grow');
      assertEqual(
        await codeOf(
          () => store.apply([addFaces(face('f1', 'p1', 1, 0))], { action: 'x', people: [], undo: [] }, first),
          'changes for an earlier version',
        ),
        'GALLERY_CHANGED',
        'code',
      );
      assertEqual([(await store.load()).faces, await store.history()], [[], []], 'what was refused');
      const late = await Promise.allSettled(
        ['p8', 'p9'].map((id) =>
          store.apply([{ kind: 'add-person', person: { id, name: id } }], undefined, second),
        ),
      );
      assertEqual(late.map(({ status }) => status).sort(), ['fulfilled', 'rejected'], 'two at once');
      assertEqual(await store.version(), second + 1, 'version after one of them');
    }),

    check('tells those who follow of changes', async (store) => {
      const stop = new AbortController();
      const since = await store.version();
      const told: number[] = [];
      const following = (async () => {
        for await (const version of store.follow(since, stop.signal)) {
          told.push(version);
          if (told.length === 2) stop.abort();
        }
      })();
      const one = await store.apply([addAda]);
      while (told.length < 1) await firstValueFrom(timer(5));
      const two = await store.apply([addGrace]);
      await following;
      assertEqual(told, [one, two], 'versions');
      for await (const version of store.follow(since, stop.signal)) assert(false, `${version} after the end`);
    }),

    check('gives its log page by page', async (store) => {
      for (const action of ['a', 'b', 'c', 'd']) await store.apply([], { action, people: [], undo: [] });
      const first = await store.history({ limit: 2 });
      assertEqual(
        first.map(({ action }) => action),
        ['d', 'c'],
        'first page',
      );
      const next = await store.history({ limit: 2, before: first[1]?.id ?? 0 });
      assertEqual(
        next.map(({ action }) => action),
        ['b', 'a'],
        'second page',
      );
    }),

    check('takes copies of vectors', async (store) => {
      const given = face('f1', 'p1', 1, 0);
      await store.apply([addAda, addFaces(given)]);
      given.vector.fill(7);
      assertEqual(Array.from((await store.load()).faces[0]?.vector ?? []), [1, 0], 'vector');
    }),

    check('renames, replaces and lets namesakes be', async (store) => {
      await store.apply([addAda, addGrace, { kind: 'rename-person', personId: 'p1', name: 'Grace' }]);
      assertEqual(
        (await store.load()).people.map(({ name }) => name),
        ['Grace', 'Grace'],
        'names',
      );
      await store.apply([addFaces(face('f1', 'p1', 1, 0))]);
      await store.apply([
        addFaces(face('f1', 'p2', 0, 1)),
        { kind: 'add-person', person: { id: 'p1', name: 'A' } },
      ]);
      const { people, faces } = readable(await store.load());
      assertEqual(people, [{ id: 'p1', name: 'A' }, grace], 'people');
      assertEqual(
        faces.map(([id, personId, vector]) => [id, personId, vector]),
        [['f1', 'p2', [0, 1]]],
        'faces',
      );
    }),

    check('removes faces, and with a person all of theirs', async (store) => {
      await store.apply([
        addAda,
        addGrace,
        addFaces(face('f1', 'p1', 1, 0), face('f2', 'p1', 0, 1), face('f3', 'p2', 1, 0)),
      ]);
      await store.apply([{ kind: 'remove-faces', faceIds: ['f1', 'nobody'] }]);
      assertEqual(
        readable(await store.load()).faces.map(([id]) => id),
        ['f2', 'f3'],
        'faces',
      );
      await store.apply([{ kind: 'remove-person', personId: 'p1' }]);
      const left = readable(await store.load());
      assertEqual([left.people, left.faces.map(([id]) => id)], [[grace], ['f3']], 'what is left');
    }),

    check('takes another embedder only once it holds no faces', async (store) => {
      await store.apply([addAda, addFaces(face('f1', 'p1', 1, 0))]);
      const other = { kind: 'add-faces', embedder: 'net-3', faces: [face('f2', 'p1', 1, 0, 0)] } as const;
      assertEqual(
        await codeOf(() => store.apply([other]), 'another embedder'),
        'GALLERY_MODEL_MISMATCH',
        'code',
      );
      const before = readable(await store.load());
      assertEqual([before.embedder, before.faces.length], ['net-2', 1], 'what is there');
      await store.apply([{ kind: 'remove-faces', faceIds: ['f1'] }]);
      assertEqual((await store.load()).embedder ?? null, null, 'embedder of a gallery without faces');
      await store.apply([other]);
      assertEqual(readable(await store.load()).embedder, 'net-3', 'embedder');
    }),

    check('refuses changes to people who are not there', async (store) => {
      for (const change of [
        { kind: 'rename-person', personId: 'p9', name: 'X' },
        { kind: 'remove-person', personId: 'p9' },
        addFaces(face('f1', 'p9', 1, 0)),
      ] as const) {
        assertEqual(
          await codeOf(() => store.apply([change]), change.kind),
          'GALLERY_PERSON_UNKNOWN',
          change.kind,
        );
      }
      assertEqual(readable(await store.load()), empty, 'snapshot');
    }),

    check('keeps people without a name, and lets them get one and lose it', async (store) => {
      await store.apply([addAda, { kind: 'add-person', person: somebody }]);
      assertEqual(readable(await store.load()).people, [ada, somebody], 'people');
      await store.apply([{ kind: 'rename-person', personId: 'p3', name: 'Eve' }]);
      assertEqual(readable(await store.load()).people, [ada, { id: 'p3', name: 'Eve' }], 'named');
      await store.apply([{ kind: 'rename-person', personId: 'p3', name: 'unknown-7', unnamed: true }]);
      assertEqual(readable(await store.load()).people, [ada, somebody], 'unnamed again');
    }),

    check('never gives a number for a label twice', async (store) => {
      assertEqual(await store.claimLabels(2), 1, 'first claim');
      await store.apply([{ kind: 'add-person', person: somebody }]);
      assertEqual((await store.load()).labels, 7, 'labels after unknown-7 came from elsewhere');
      const claims = await Promise.all([store.claimLabels(3), store.claimLabels(1), store.claimLabels(1)]);
      const given = claims.flatMap((first, i) => (i === 0 ? [first, first + 1, first + 2] : [first]));
      assertEqual(
        given.sort((a, b) => a - b),
        [8, 9, 10, 11, 12],
        'numbers claimed at once',
      );
      assertEqual((await store.load()).labels, 12, 'labels');
      await store.apply([{ kind: 'remove-person', personId: 'p3' }]);
      assertEqual(await store.claimLabels(1), 13, 'after the person is gone');
    }),

    check('keeps where a face came from, who said whose it is, and moves it', async (store) => {
      const details = { kind: 'video', by: 'machine', picture: 'party.mp4 @ 3 s' } as const;
      await store.apply([addAda, addGrace, addFaces({ ...face('f1', 'p1', 1, 0), ...details })]);
      const [kept] = (await store.load()).faces;
      assertEqual([kept?.kind, kept?.by, kept?.picture], Object.values(details), 'details');
      await store.apply([{ kind: 'move-faces', faceIds: ['f1', 'nobody'], personId: 'p2', by: 'user' }]);
      const [moved] = (await store.load()).faces;
      assertEqual(
        [moved?.personId, moved?.kind, moved?.by, moved?.picture, Array.from(moved?.vector ?? [])],
        ['p2', 'video', 'user', 'party.mp4 @ 3 s', [1, 0]],
        'moved',
      );
    }),

    check('remembers rejections, whichever way round, until their people are gone', async (store) => {
      const rejections = async () =>
        (await store.load()).rejections
          .map((pair) => [...pair].sort())
          .sort((x, y) => ((x[0] ?? '') < (y[0] ?? '') ? -1 : 1));
      await store.apply([
        addAda,
        addGrace,
        addFaces(face('f1', 'p1', 1, 0)),
        {
          kind: 'reject',
          pairs: [
            ['p2', 'p1'],
            ['p1', 'p2'],
            ['f1', 'p2'],
            ['f9', 'p2'],
          ],
        },
      ]);
      assertEqual(
        await rejections(),
        [
          ['f1', 'p2'],
          ['f9', 'p2'],
          ['p1', 'p2'],
        ],
        'rejections',
      );
      await store.apply([{ kind: 'unreject', pairs: [['p2', 'f9']] }]);
      assertEqual((await rejections()).length, 2, 'rejections after one was taken back');
      await store.apply([{ kind: 'remove-person', personId: 'p1' }]);
      assertEqual(await rejections(), [], 'rejections after a person and their face are gone');
    }),

    check('logs changes with what undoes them, and forgets what it logged of people', async (store) => {
      const undo = [{ kind: 'rename-person', personId: 'p1', name: 'Ada' }] as const;
      await store.apply([addAda, addGrace], { action: 'add', people: ['p1', 'p2'], undo: [] });
      await store.apply([{ kind: 'rename-person', personId: 'p1', name: 'A' }], {
        action: 'name "Ada" "A"',
        people: ['p1'],
        undo,
      });
      await store.apply([], { action: 'nothing', people: ['p2'], undo: [] });
      const log = await store.history();
      assertEqual(
        log.map(({ action }) => action),
        ['nothing', 'name "Ada" "A"', 'add'],
        'the latest comes first',
      );
      assertEqual([log[1]?.people, log[1]?.undo], [['p1'], undo], 'entry');
      assert(!Number.isNaN(Date.parse(log[0]?.at ?? '')), 'the time is no time');
      await store.apply([{ kind: 'drop-log-entry', entryId: log[0]?.id ?? -1 }]);
      assertEqual((await store.history()).length, 2, 'entries after one was dropped');
      await store.apply([], { action: 'of Grace', people: ['p2'], undo: [] });
      await store.apply([{ kind: 'forget-people', personIds: ['p1', 'merged-long-ago'] }]);
      assertEqual(
        (await store.history()).map(({ action }) => action),
        ['of Grace'],
        'entries after Ada was forgotten',
      );
      assertEqual(readable(await store.load()).people, [grace], 'people');
      assertEqual(
        await codeOf(
          () => store.apply([{ kind: 'forget-people', personIds: ['p1'] }]),
          'forgetting somebody twice',
        ),
        'GALLERY_PERSON_UNKNOWN',
        'code',
      );
    }),

    check('logs nothing of changes that were refused', async (store) => {
      await rejection(
        () => store.apply([{ kind: 'remove-person', personId: 'p9' }], { action: 'x', people: [], undo: [] }),
        'removing nobody',
      );
      assertEqual(await store.history(), [], 'log');
    }),

    check('applies all changes or none', async (store) => {
      await store.apply([addAda, addFaces(face('f1', 'p1', 1, 0))]);
      const before = readable(await store.load());
      await rejection(
        () =>
          store.apply([
            addGrace,
            { kind: 'rename-person', personId: 'p1', name: 'Changed' },
            { kind: 'remove-faces', faceIds: ['f1'] },
            { kind: 'remove-person', personId: 'nobody' },
          ]),
        'the last change',
      );
      assertEqual(readable(await store.load()), before, 'snapshot');
    }),

    check('applies concurrent changes one after the other', async (store) => {
      const people = Array.from({ length: 40 }, (_, i) => ({ id: `p${i}`, name: `N${i}` }));
      await Promise.all(
        people.map((person, i) =>
          store.apply([{ kind: 'add-person', person }, addFaces(face(`f${i}`, person.id, i, 1))]),
        ),
      );
      const { people: kept, faces } = await store.load();
      assertEqual([kept.length, faces.length], [40, 40], 'people, faces');
    }),
  ];
  if (reopen === undefined) return checks;

  return [
    ...checks,
    check('tells one of what another one changes, and refuses what that made stale', async (store) => {
      await using second = await reopen(store);
      const since = await store.version();
      const stop = new AbortController();
      const told = (async () => {
        for await (const version of store.follow(since, stop.signal)) return version;
        return undefined;
      })();
      const version = await second.apply([addAda]);
      assertEqual(await told, version, 'version');
      stop.abort();
      const stale = () => store.apply([addGrace], undefined, since);
      assertEqual(await codeOf(stale, 'a change for a version of before'), 'GALLERY_CHANGED', 'code');
    }),
    check('keeps what was applied for whoever opens it next', async (store) => {
      await store.apply([addAda, addFaces(face('f1', 'p1', 0.6, 0.8))]);
      await using second = await reopen(store);
      assertEqual(readable(await second.load()), readable(await store.load()), 'snapshot');
      await second.apply([addGrace]);
      assertEqual(readable(await store.load()).people, [ada, grace], 'what the second one changed');
    }),
  ];
}
