import { collected } from '../collected.js';
import {
  MEDIA_LIBRARY_CONTRACT,
  type LibraryBase,
  type LibraryFaceFilter,
  type PhotoLibrary,
  type VideoLibrary,
} from '../contracts/media-library.js';
import { FrStreamError } from '../errors.js';
import type { GalleryStore } from '../identity/gallery-store.js';
import { Gallery } from '../identity/gallery.js';
import { assert, assertClose, assertEqual, rejection, type ConformanceCheck } from './conformance.js';
import { faceIn, photoAt, readableFace, readableTrack, trackIn, videoAt } from './media-library-samples.js';

export interface LibrarySubject<Library extends LibraryBase> {
  /** Gives an empty library, which the suite disposes. */
  readonly make: () => Promise<Library>;
  /** Opens what `library`, still open, keeps, a second time, as another process would. */
  readonly reopen?: (library: Library) => Promise<Library>;
  /** Opens the gallery whose people the library's faces belong to; the suite disposes it before the library. */
  readonly gallery?: (library: Library) => Promise<GalleryStore>;
}

const ada = { kind: 'add-person', person: { id: 'p1', name: 'Ada' } } as const;

/** The change that makes a library face Ada's. */
function isAda(...ids: readonly string[]) {
  const vector = Float32Array.of(0.6, 0.8);
  const faces = ids.map(
    (id) => ({ id, personId: 'p1', vector, source: id, quality: 0.5, kind: 'photo', by: 'machine' }) as const,
  );
  return { kind: 'add-faces', embedder: 'net-2', faces } as const;
}

/** What every library of photos or videos must do, whatever it keeps. */
function baseChecks<Library extends LibraryBase>(
  { make, reopen }: LibrarySubject<Library>,
  change: (library: Library, n: number) => Promise<unknown>,
): ConformanceCheck[] {
  const checks: ConformanceCheck[] = [
    {
      name: 'has a version of its contract, and a revision that grows with each change',
      run: async () => {
        await using library = await make();
        assertEqual(library.contract, MEDIA_LIBRARY_CONTRACT, 'contract');
        const before = await library.revision();
        await change(library, 0);
        const after = await library.revision();
        assert(after > before, `revision ${after} after a change, ${before} before`);
        await change(library, 1);
        assert((await library.revision()) > after, 'the revision grows with the next change');
      },
    },
    {
      name: 'remembers notes, which are no change',
      run: async () => {
        await using library = await make();
        assertEqual((await library.note('folder')) ?? null, null, 'a note that was never made');
        const before = await library.revision();
        await library.setNote('folder', '/somewhere – ñ');
        await library.setNote('folder', '/elsewhere');
        assertEqual(await library.note('folder'), '/elsewhere', 'note');
        assertEqual(await library.revision(), before, 'revision');
      },
    },
    {
      name: 'tells who follows it of changes, until it is told to stop',
      run: async () => {
        await using library = await make();
        await using other = (await reopen?.(library)) ?? undefined;
        const abort = new AbortController();
        const since = await library.revision();
        const told: number[] = [];
        const following = (async () => {
          for await (const revision of library.follow(since, abort.signal)) {
            told.push(revision);
            abort.abort();
          }
        })();
        await change(other ?? library, 0);
        await following;
        assertEqual(told.length, 1, 'times it was told');
        assert((told[0] ?? since) > since, 'a higher revision');
      },
    },
  ];
  return checks;
}

/** What every {@link PhotoLibrary} must do. */
export function photoLibraryConformance(subject: LibrarySubject<PhotoLibrary>): readonly ConformanceCheck[] {
  const { make, reopen, gallery } = subject;
  const check = (name: string, run: (library: PhotoLibrary) => Promise<void>): ConformanceCheck => ({
    name,
    run: async () => {
      await using library = await make();
      await run(library);
    },
  });
  const ids = async (library: PhotoLibrary, filter?: LibraryFaceFilter): Promise<string[]> =>
    (await collected(library.faces(filter))).map(({ id }) => id);
  const store = (library: PhotoLibrary, path: string, hash: string, xs: readonly number[], chain = 'chain') =>
    library.store(
      photoAt(path, hash),
      chain,
      xs.map((x, place) => faceIn(hash, place, x)),
    );

  const checks: ConformanceCheck[] = [
    ...baseChecks(subject, (library, n) => store(library, `/p/${n}.jpg`, `h${n}`, [10])),

    check('keeps photos by path, and faces by path and place', async (library) => {
      assertEqual(await collected(library.photos()), [], 'photos at first');
      await store(library, '/p/b – ñ.jpg', 'beta', [100, 10]);
      await store(library, '/p/a.jpg', 'alpha', [10]);
      const [first, second] = await collected(library.photos());
      assertEqual([first?.path, second?.path], ['/p/a.jpg', '/p/b – ñ.jpg'], 'paths');
      const { path, hash, sizeBytes, modifiedMs, width, height } = photoAt('/p/a.jpg', 'alpha');
      assertEqual(
        [first?.path, first?.hash, first?.sizeBytes, first?.modifiedMs, first?.width, first?.height],
        [path, hash, sizeBytes, modifiedMs, width, height],
        'a photo',
      );
      assertEqual((await library.photo('/p/a.jpg'))?.hash, 'alpha', 'by its path');
      assertEqual((await library.photo('/p/none.jpg')) ?? null, null, 'a path that was never read');
      const expected = [faceIn('alpha', 0, 10), faceIn('beta', 0, 100), faceIn('beta', 1, 10)];
      assertEqual(
        (await collected(library.faces())).map(readableFace),
        expected.map(readableFace),
        'faces, in order',
      );
      const one = await library.face('beta-1');
      assert(one !== undefined, 'a face by its id');
      assertEqual(readableFace(one), readableFace(faceIn('beta', 1, 10)), 'a face by its id');
      assertEqual((await library.face('none')) ?? null, null, 'an id that is nobody’s');
      assertEqual(await library.countFaces(), 3, 'count');
    }),

    check('says which files are unchanged since the same chain looked at them', async (library) => {
      await store(library, '/p/a.jpg', 'alpha', [10], 'one');
      const { path, sizeBytes, modifiedMs } = photoAt('/p/a.jpg', '');
      const files = [
        { path: '/p/other.jpg', sizeBytes, modifiedMs },
        { path, sizeBytes, modifiedMs },
        { path, sizeBytes: sizeBytes + 1, modifiedMs },
        { path, sizeBytes, modifiedMs: modifiedMs + 1 },
      ];
      assertEqual(await library.current(files, 'one'), [false, true, false, false], 'the same chain');
      assertEqual(await library.current(files, 'two'), [false, false, false, false], 'another chain');
      assertEqual(await library.current([], 'one'), [], 'no files');
      assertEqual(
        [await library.hasContent('alpha', 'one'), await library.hasContent('alpha', 'two')],
        [true, false],
        'content',
      );
    }),

    check('keeps the faces of equal bytes once, and until their last photo goes', async (library) => {
      await store(library, '/p/b.jpg', 'alpha', [10, 100]);
      await library.store(photoAt('/p/a.jpg', 'alpha'), 'chain', undefined);
      await store(library, '/p/c.jpg', 'gamma', [10]);
      assertEqual(await ids(library), ['alpha-0', 'alpha-1', 'gamma-0'], 'faces, by their first path');
      assertEqual((await library.remove(['/p/a.jpg'])).length, 0, 'faces that went with the first');
      assertEqual(await ids(library), ['alpha-0', 'alpha-1', 'gamma-0'], 'faces that are left');
      const gone = (await library.remove(['/p/b.jpg', '/p/never.jpg'])).map(({ id }) => id).sort();
      assertEqual(gone, ['alpha-0', 'alpha-1'], 'faces that went with the last');
      assertEqual(await ids(library), ['gamma-0'], 'faces that are left at last');
      assertEqual(await library.hasContent('alpha', 'chain'), false, 'the content is forgotten');
    }),

    check('lets go of what a path showed before its file changed', async (library) => {
      await store(library, '/p/a.jpg', 'alpha', [10]);
      await store(library, '/p/a.jpg', 'beta', [10, 100]);
      assertEqual(await ids(library), ['beta-0', 'beta-1'], 'faces');
      assertEqual(await library.countFaces(), 2, 'count');
      const gone = await library.remove([]);
      assertEqual(
        gone.map(({ id }) => id),
        ['alpha-0'],
        'what nobody shows any more',
      );
    }),

    check('leaves aside faces that another process stored first', async (library) => {
      await store(library, '/p/a.jpg', 'alpha', [10]);
      await store(library, '/p/b.jpg', 'alpha', [10, 100]);
      assertEqual(await ids(library), ['alpha-0'], 'faces');
      assertEqual((await collected(library.photos())).length, 2, 'photos');
    }),

    check('filters photos and faces by data', async (library) => {
      await store(library, '/p/a.jpg', 'alpha', [10, 100]);
      await store(library, '/p/b.jpg', 'beta', [10]);
      await library.label(new Map([['alpha-1', 'unknown-7']]));
      assertEqual(await ids(library, { ids: ['beta-0', 'none'] }), ['beta-0'], 'ids');
      assertEqual(await ids(library, { ids: [] }), [], 'no ids');
      assertEqual(await ids(library, { hashes: ['alpha'] }), ['alpha-0', 'alpha-1'], 'hashes');
      assertEqual(await ids(library, { labels: ['unknown-7'] }), ['alpha-1'], 'labels');
      assertEqual(await ids(library, { labels: ['unknown-7'], hashes: ['beta'] }), [], 'both must hold');
      assertEqual(await ids(library, { personIds: [] }), [], 'no people');
      assertEqual(await ids(library, { loose: true }), ['alpha-0', 'alpha-1', 'beta-0'], 'nobody’s');
      assertEqual(await ids(library, { loose: false }), [], 'somebody’s');
      assertEqual(await library.countFaces({ hashes: ['alpha'] }), 2, 'count');
      const paths = async (filter: Parameters<PhotoLibrary['photos']>[0]) =>
        (await collected(library.photos(filter))).map(({ path }) => path);
      assertEqual(await paths({ hashes: ['beta'] }), ['/p/b.jpg'], 'photos by content');
      assertEqual(await paths({ paths: ['/p/a.jpg', '/p/none.jpg'] }), ['/p/a.jpg'], 'photos by path');
      assertEqual(await paths({ paths: [] }), [], 'no paths');
    }),

    check('tells faces in outline, with a key for each embedding', async (library) => {
      await store(library, '/p/a.jpg', 'alpha', [10, 100]);
      const outline = await collected(library.outline());
      assertEqual(
        outline.map(({ id, hash, quality, embedder, cutout }) => [id, hash, quality, embedder, cutout]),
        [0, 1].map((i) => [`alpha-${i}`, 'alpha', 0.625, 'net-2', `cutouts/alpha-${i}.jpg`]),
        'outline',
      );
      await store(library, '/p/a.jpg', 'alpha', [10, 100], 'another chain');
      const keys = [...outline, ...(await collected(library.outline()))].map(({ vectorKey }) => vectorKey);
      assertEqual(new Set(keys).size, 4, 'keys, all different, after another chain too');
    }),

    check('gives embeddings in the order in which they are asked for, as copies', async (library) => {
      await store(library, '/p/a.jpg', 'alpha', [10, 100]);
      const [second, none, first] = await library.vectors(['alpha-1', 'none', 'alpha-0']);
      assertEqual(none ?? null, null, 'an id that is nobody’s');
      assertClose(second?.[1] ?? NaN, -0.8, 1e-6, 'the second');
      assertClose(first?.[1] ?? NaN, 0.8, 1e-6, 'the first');
      first?.fill(0);
      const [again] = await library.vectors(['alpha-0']);
      assertClose(again?.[0] ?? NaN, 0.6, 1e-6, 'after the copy was changed');
    }),

    check('reads all embeddings in pages, where it can', async (library) => {
      if (library.scan === undefined) return;
      await store(library, '/p/a.jpg', 'alpha', [10, 100]);
      await store(library, '/p/b.jpg', 'beta', [10]);
      await store(library, '/p/c.jpg', 'beta', [10]);
      const read = (await collected(library.scan())).flat();
      assertEqual(read.map(({ id }) => id).sort(), ['alpha-0', 'alpha-1', 'beta-0'], 'faces, each once');
      const [expected] = await library.vectors(['alpha-1']);
      const found = read.find(({ id }) => id === 'alpha-1');
      assertEqual([...(found?.vector ?? [])], [...(expected ?? [])], 'embedding');
      assertEqual(found?.embedder, 'net-2', 'embedder');
    }),

    check('keeps the labels of faces that are found again at their place', async (library) => {
      await store(library, '/p/a.jpg', 'alpha', [10, 100]);
      await library.label(new Map([['alpha-0', 'unknown-3']]));
      const before = await library.face('alpha-0');
      assertEqual(before?.label, 'unknown-3', 'label');
      // The other chain finds a third face, and has another order.
      await store(library, '/p/a.jpg', 'alpha', [200, 101, 12], 'another chain');
      const labels = (await collected(library.faces())).map(({ label }) => label ?? null);
      assertEqual(labels, [null, null, 'unknown-3'], 'labels');
    }),
  ];

  if (reopen !== undefined) {
    checks.push(
      check('keeps all of it for whoever opens it again', async (library) => {
        await store(library, '/p/a.jpg', 'alpha', [10]);
        await library.label(new Map([['alpha-0', 'unknown-3']]));
        await using other = await reopen(library);
        assertEqual(
          (await collected(other.faces())).map(readableFace),
          (await collected(library.faces())).map(readableFace),
          'faces',
        );
        await store(other, '/p/b.jpg', 'beta', [10]);
        assertEqual(await ids(library), ['alpha-0', 'beta-0'], 'what the other one added');
      }),
    );
  }

  if (gallery !== undefined) {
    const withPeople = (
      name: string,
      run: (library: PhotoLibrary, people: GalleryStore) => Promise<void>,
    ): ConformanceCheck =>
      check(name, async (library) => {
        await using people = await gallery(library);
        await run(library, people);
      });
    checks.push(
      withPeople('tells whose a face is, as the gallery says', async (library, people) => {
        await store(library, '/p/a.jpg', 'alpha', [10, 100]);
        const before = await library.revision();
        await people.apply([ada, isAda('alpha-1')]);
        assert((await library.revision()) > before, 'the revision grows when people change');
        const [first, second] = await collected(library.faces());
        assertEqual([first?.personId ?? null, first?.by ?? null], [null, null], 'nobody’s');
        assertEqual([second?.personId, second?.by], ['p1', 'machine'], 'Ada’s');
        assertEqual(await ids(library, { personIds: ['p1'] }), ['alpha-1'], 'hers');
        assertEqual(await ids(library, { loose: true }), ['alpha-0'], 'nobody’s');
        const outline = await collected(library.outline({ loose: false }));
        assertEqual(
          outline.map(({ id, personId }) => [id, personId]),
          [['alpha-1', 'p1']],
          'outline',
        );
        assertEqual((await library.face('alpha-1'))?.personId, 'p1', 'a face');
        await people.apply([{ kind: 'remove-faces', faceIds: ['alpha-1'] }]);
        assertEqual(await library.countFaces({ loose: true }), 2, 'nobody’s again');
      }),
      withPeople(
        'leaves a face with its person when it is found again at its place',
        async (library, people) => {
          await store(library, '/p/a.jpg', 'alpha', [10, 100]);
          await people.apply([ada, isAda('alpha-0'), { kind: 'reject', pairs: [['alpha-1', 'p1']] }]);
          await store(library, '/p/a.jpg', 'alpha', [101, 12], 'another chain');
          assertEqual(await ids(library, { personIds: ['p1'] }), ['alpha-1'], 'Ada’s, by its new id');
          const { faces, rejections } = await people.load();
          assertEqual(
            faces.map(({ id, personId, vector }) => [id, personId, Math.sign(vector[1] ?? 0)]),
            [['alpha-1', 'p1', -1]],
            'the gallery’s face, with its new embedding',
          );
          assertEqual(
            rejections.map((pair) => [...pair].sort()),
            [['alpha-0', 'p1']],
            'what was said of the other, by its new id',
          );
        },
      ),
      withPeople(
        'leaves a face with its person when its file was written anew, and leaves another picture alone',
        async (library, people) => {
          await store(library, '/p/a.jpg', 'alpha', [10, 100]);
          await library.store(photoAt('/p/copy.jpg', 'alpha'), 'chain', undefined);
          await people.apply([ada, isAda('alpha-0'), { kind: 'reject', pairs: [['alpha-1', 'p1']] }]);
          // Turned: each face looks the same and is where the other one was.
          await store(library, '/p/a.jpg', 'beta', [100, 10]);
          assertEqual(await ids(library, { personIds: ['p1'] }), ['beta-0', 'alpha-0'], 'Ada’s, in both');
          const { rejections } = await people.load();
          const told = rejections.map((pair) => [...pair].sort().join()).sort();
          assertEqual(told, ['alpha-1,p1', 'beta-1,p1'], 'what was said of the other, in both');
          const other = faceIn('gamma', 0, 100);
          const embedding = { ...other.embedding, vector: Float32Array.of(1, 0) };
          await library.store(photoAt('/p/a.jpg', 'gamma'), 'chain', [{ ...other, embedding }]);
          assertEqual(await ids(library, { personIds: ['p1'] }), ['alpha-0'], 'another face at her place');
        },
      ),
      withPeople(
        'forgets the faces of people who are forgotten, and where they were',
        async (library, people) => {
          await store(library, '/p/a.jpg', 'alpha', [10, 100]);
          await people.apply([ada, isAda('alpha-1')]);
          assertEqual((await library.forgotten('alpha')).length, 0, 'places at first');
          await people.apply([{ kind: 'forget-people', personIds: ['p1'] }]);
          assertEqual(await ids(library), ['alpha-0'], 'faces');
          assertEqual(
            (await library.forgotten('alpha')).map(({ x }) => x),
            [100],
            'places',
          );
          assertEqual((await library.forgotten('beta')).length, 0, 'places in another photo');
        },
      ),
    );
  }
  return checks;
}

/** What every {@link VideoLibrary} must do. */
export function videoLibraryConformance(subject: LibrarySubject<VideoLibrary>): readonly ConformanceCheck[] {
  const { make, reopen, gallery } = subject;
  const check = (name: string, run: (library: VideoLibrary) => Promise<void>): ConformanceCheck => ({
    name,
    run: async () => {
      await using library = await make();
      await run(library);
    },
  });
  const store = (
    library: VideoLibrary,
    path: string,
    hash: string,
    begins: readonly number[],
    chain = 'chain',
  ) =>
    library.storeVideo(
      videoAt(path, hash),
      chain,
      begins.map((ms, i) => trackIn(hash, i, ms)),
    );
  const ids = async (library: VideoLibrary, filter?: LibraryFaceFilter): Promise<string[]> =>
    (await collected(library.tracks(filter))).map(({ id }) => id);
  return [
    ...baseChecks(subject, (library, n) => store(library, `/v/${n}.mp4`, `h${n}`, [0])),

    check('keeps videos by path, and tracks by path and when they begin', async (library) => {
      await store(library, '/v/b.mp4', 'beta', [2000, 0]);
      await store(library, '/v/a.mp4', 'alpha', [500]);
      const videos = await collected(library.videos());
      assertEqual(
        videos.map(({ path, hash, durationMs }) => [path, hash, durationMs]),
        [
          ['/v/a.mp4', 'alpha', 4000],
          ['/v/b.mp4', 'beta', 4000],
        ],
        'videos',
      );
      const expected = [trackIn('alpha', 0, 500), trackIn('beta', 1, 0), trackIn('beta', 0, 2000)];
      assertEqual(
        (await collected(library.tracks())).map(readableTrack),
        expected.map(readableTrack),
        'tracks, in order',
      );
      assertEqual(await library.countTracks(), 3, 'count');
      assertEqual(await ids(library, { hashes: ['beta'] }), ['beta-t1', 'beta-t0'], 'of one video');
      assertEqual(await ids(library, { ids: [] }), [], 'no ids');
      assertEqual(await library.countTracks({ loose: true }), 3, 'nobody’s');
    }),

    check('says which files are unchanged, and keeps the tracks of equal bytes once', async (library) => {
      await store(library, '/v/b.mp4', 'alpha', [0, 100], 'one');
      const { path, sizeBytes, modifiedMs } = videoAt('/v/b.mp4', '');
      const files = [
        { path, sizeBytes, modifiedMs },
        { path, sizeBytes: 1, modifiedMs },
      ];
      assertEqual(await library.currentVideos(files, 'one'), [true, false], 'the same chain');
      assertEqual(await library.currentVideos(files, 'two'), [false, false], 'another chain');
      assertEqual(await library.hasVideoContent('alpha', 'one'), true, 'content');
      await library.storeVideo(videoAt('/v/a.mp4', 'alpha'), 'one', undefined);
      assertEqual(await library.countTracks(), 2, 'tracks of equal bytes');
      assertEqual((await library.removeVideos(['/v/b.mp4'])).length, 0, 'while another video shows them');
      const gone = (await library.removeVideos(['/v/a.mp4'])).map(({ id }) => id);
      assertEqual(gone.sort(), ['alpha-t0', 'alpha-t1'], 'with the last');
      assertEqual(await library.hasVideoContent('alpha', 'one'), false, 'the content is forgotten');
    }),

    check('keeps the label of a track of nobody’s', async (library) => {
      const track = { ...trackIn('alpha', 0, 0), label: 'unknown-7' };
      await library.storeVideo(videoAt('/v/a.mp4', 'alpha'), 'chain', [track]);
      assertEqual((await collected(library.tracks()))[0]?.label, 'unknown-7', 'label');
      assertEqual(await ids(library, { labels: ['unknown-7'] }), ['alpha-t0'], 'by label');
    }),

    check('keeps parts of a search until it is done, if it keeps any', async (library) => {
      if (library.chunks === undefined || library.keepChunk === undefined) return;
      const part = (fromMs: number, data: string) => ({ fromMs, toMs: fromMs + 1000, data });
      await library.keepChunk('alpha', 'chain', part(1000, 'two'));
      await library.keepChunk('alpha', 'chain', part(0, 'one'));
      await library.keepChunk('alpha', 'chain', part(0, 'one again'));
      await library.keepChunk('alpha', 'other', part(0, 'another chain'));
      const found = await library.chunks('alpha', 'chain');
      assertEqual([...found], [part(0, 'one again'), part(1000, 'two')], 'in order, each once');
      await store(library, '/v/a.mp4', 'alpha', [0]);
      assertEqual((await library.chunks('alpha', 'chain')).length, 0, 'when the video is kept');
    }),

    check('moves files without losing what is in them, if it can; two may swap', async (library) => {
      if (library.movePaths === undefined) return;
      await store(library, '/v/a.mp4', 'alpha', [0]);
      await store(library, '/v/b.mp4', 'beta', [0]);
      await library.movePaths([
        ['/v/a.mp4', '/v/b.mp4'],
        ['/v/b.mp4', '/v/a.mp4'],
        ['/v/none.mp4', '/v/c.mp4'],
      ]);
      const videos = await collected(library.videos());
      assertEqual(
        videos.map(({ path, hash }) => [path, hash]),
        [
          ['/v/a.mp4', 'beta'],
          ['/v/b.mp4', 'alpha'],
        ],
        'videos',
      );
      assertEqual(await ids(library), ['beta-t0', 'alpha-t0'], 'tracks');
    }),

    check('looks again with another chain', async (library) => {
      await store(library, '/v/a.mp4', 'alpha', [0, 100], 'one');
      await store(library, '/v/a.mp4', 'alpha', [300], 'two');
      assertEqual(await ids(library), ['alpha-t0'], 'tracks');
      assertEqual((await collected(library.tracks()))[0]?.spans[0].fromMs, 300, 'the new one');
    }),

    ...(reopen === undefined
      ? []
      : [
          check('keeps all of it for whoever opens it again', async (library) => {
            await store(library, '/v/a.mp4', 'alpha', [0]);
            await using other = await reopen(library);
            assertEqual(
              (await collected(other.tracks())).map(readableTrack),
              [readableTrack(trackIn('alpha', 0, 0))],
              'tracks',
            );
          }),
        ]),

    ...(gallery === undefined
      ? []
      : [
          check('tells whose a track is, as the gallery says, and forgets them', async (library) => {
            await using people = await gallery(library);
            await store(library, '/v/a.mp4', 'alpha', [0, 2000]);
            await people.apply([ada, isAda('alpha-t1')]);
            assertEqual(await ids(library, { personIds: ['p1'] }), ['alpha-t1'], 'Ada’s');
            assertEqual(await ids(library, { loose: true }), ['alpha-t0'], 'nobody’s');
            await people.apply([{ kind: 'forget-people', personIds: ['p1'] }]);
            assertEqual(await ids(library), ['alpha-t0'], 'tracks after Ada was forgotten');
          }),
          check('leaves a track with its person when its file was written anew', async (library) => {
            await using people = await gallery(library);
            await store(library, '/v/a.mp4', 'alpha', [0, 2000]);
            await people.apply([ada, isAda('alpha-t1')]);
            await store(library, '/v/a.mp4', 'beta', [100, 1900]);
            assertEqual(await ids(library, { personIds: ['p1'] }), ['beta-t1'], 'Ada’s');
            const gone = (await library.removeVideos([])).map(({ id }) => id).sort();
            assertEqual(gone, ['alpha-t0', 'alpha-t1'], 'what the file showed before');
            assertEqual((await people.load()).faces.length, 1, 'faces of the gallery');
          }),
          check(
            'leaves a track with its person when another chain gives its number to another',
            async (library) => {
              await using people = await gallery(library);
              await store(library, '/v/a.mp4', 'alpha', [0, 2000], 'one');
              const said = isAda('alpha-t1');
              await people.apply([
                ada,
                { ...said, faces: said.faces.map((face) => ({ ...face, by: 'user' })) },
              ]);
              const [first, second] = [trackIn('alpha', 0, 0), trackIn('alpha', 1, 2000)];
              await library.storeVideo(videoAt('/v/a.mp4', 'alpha'), 'two', [
                { ...first, id: second.id },
                { ...second, id: first.id },
              ]);
              assertEqual(await ids(library, { personIds: ['p1'] }), ['alpha-t0'], 'Ada’s, by its new id');
              assertEqual(await ids(library, { loose: true }), ['alpha-t1'], 'nobody’s');
              const { faces } = await people.load();
              assertEqual(
                faces.map(({ id, personId }) => [id, personId]),
                [['alpha-t0', 'p1']],
                'faces of the gallery',
              );
            },
          ),
          check('says when whose tracks are in view', async (library) => {
            await using people = await gallery(library);
            await store(library, '/v/a.mp4', 'alpha', [0, 2000]);
            await people.apply([ada, isAda('alpha-t1')]);
            const spans = (id: string, personId: string | undefined) => {
              const [hash = '', number] = id.split('-t');
              const track = trackIn(hash, Number(number), Number(number) * 2000);
              return [
                id,
                personId ?? null,
                '/v/a.mp4',
                track.spans.map(({ fromMs, toMs }) => [fromMs, toMs]),
              ];
            };
            const found = async (personIds: readonly string[], faceIds: readonly string[]) =>
              ((await people.inView?.({ personIds, faceIds })) ?? [])
                .map(({ id, personId, video, spans: list }) => [
                  id,
                  personId ?? null,
                  video,
                  list.map(({ fromMs, toMs }) => [fromMs, toMs]),
                ])
                .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
            assertEqual(await found([], []), [], 'of nobody');
            assertEqual(await found(['p1', 'p9'], ['none']), [spans('alpha-t1', 'p1')], 'Ada’s');
            const both = [spans('alpha-t0', undefined), spans('alpha-t1', 'p1')];
            assertEqual(await found(['p1'], ['alpha-t0', 'alpha-t1']), both, 'hers and one of nobody’s');
          }),
          check('makes no person of those who are in view together', async (library) => {
            let ids = 0;
            const options = { createId: () => `new-${ids++}` };
            await using people = await Gallery.open(await gallery(library), options);
            // The first two are in view together; the last two of them, too.
            await store(library, '/v/a.mp4', 'alpha', [0, 100, 2600, 2700]);
            const [vector, model] = [Float32Array.of(0.6, 0.8), 'net-2'];
            const face = (id: string) =>
              ({ id, source: id, quality: 0.5, picture: id, embedding: { vector, norm: 1, model } }) as const;
            const a = await people.adopt('Ada', face('alpha-t0'));
            const conflict = async (action: () => Promise<unknown>, what: string): Promise<void> => {
              const error = await rejection(action, what);
              assert(
                FrStreamError.isInstance(error) && error.code === 'GALLERY_CONFLICT',
                `${what}: a conflict`,
              );
            };
            await conflict(() => people.adopt('Ada', face('alpha-t1')), 'naming');
            await people.adopt('Ada', face('alpha-t2'), [face('alpha-t1'), face('alpha-t3')]);
            assertEqual(
              people.facesOf(a.id).map(({ id }) => id),
              ['alpha-t0', 'alpha-t2'],
              'others in view with her are left out',
            );
            const person = { id: 'u', name: 'unknown-9', unnamed: true } as const;
            const { embedding: _, ...rest } = face('alpha-t3');
            const faces = [{ ...rest, personId: 'u', vector, kind: 'photo' } as const];
            const loose = [{ person, embedder: model, faces }];
            await conflict(() => people.merge([a.id, 'unknown-9'], {}, loose), 'merging who are nobody yet');
            await people.keep({ person, embedder: model, faces });
            await conflict(() => people.merge([a.id, 'u']), 'merging');
            await conflict(() => people.name('u', 'Ada'), 'the same name');
            assertEqual([...(await people.notTogether([[a.id, 'u']]))], [], 'possible pairs');
            await people.merge([a.id, 'u'], { force: true });
            assertEqual(people.facesOf(a.id).length, 3, 'faces, when forced');
          }),
          check(
            'keeps what the user said of a video that is searched again, and what others said not',
            async (library) => {
              await using people = await gallery(library);
              await store(library, '/v/a.mp4', 'alpha', [0, 1300, 2600], 'one');
              const [said, guessed] = [isAda('alpha-t0'), isAda('alpha-t1')];
              await people.apply([
                ada,
                { kind: 'add-person', person: { id: 'p2', name: 'Bob' } },
                guessed,
                { ...said, faces: said.faces.map((face) => ({ ...face, by: 'user' })) },
                {
                  kind: 'reject',
                  pairs: [
                    ['alpha-t1', 'p1'],
                    ['alpha-t2', 'p3'],
                  ],
                },
              ]);
              // The second is not found again; the third, which is, has its number now.
              const bob = { personId: 'p2', by: 'machine' } as const;
              const third = { ...trackIn('alpha', 2, 2600), id: 'alpha-t1', ...bob };
              await library.storeVideo(videoAt('/v/a.mp4', 'alpha'), 'two', [
                { ...trackIn('alpha', 0, 0), id: 'alpha-t8', ...bob },
                third,
              ]);
              const { faces, rejections } = await people.load();
              assertEqual(
                faces.map(({ id, personId, by }) => `${id} ${personId} ${by ?? 'user'}`).sort(),
                ['alpha-t1 p2 machine', 'alpha-t8 p1 user'],
                'whose they are',
              );
              assertEqual([...rejections.map((pair) => [...pair])], [['alpha-t1', 'p3']], 'who is not whom');
            },
          ),
          check('remembers where in a video somebody was who is forgotten, if it can', async (library) => {
            if (library.forgottenPlaces === undefined) return;
            await using people = await gallery(library);
            const seen = { timeMs: 40, box: { x: 20, y: 10, width: 50, height: 60 } };
            const track = { ...trackIn('alpha', 0, 0), spans: [{ fromMs: 0, toMs: 500, seen }] as const };
            await library.storeVideo(videoAt('/v/a.mp4', 'alpha'), 'chain', [track]);
            await people.apply([ada, isAda('alpha-t0')]);
            await people.apply([{ kind: 'forget-people', personIds: ['p1'] }]);
            assertEqual([...(await library.forgottenPlaces('alpha'))], [seen], 'places');
          }),
        ]),
  ];
}
