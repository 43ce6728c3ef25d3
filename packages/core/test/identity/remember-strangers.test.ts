import { Gallery, MemoryGalleryStore, rememberStrangers, UnknownIdentities } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';

const at = (degrees: number): Float32Array => {
  const angle = (degrees * Math.PI) / 180;
  return Float32Array.of(Math.cos(angle), Math.sin(angle), 0);
};
const none: ReadonlySet<string> = new Set();

/** A run that sees somebody at each of these angles, twice. */
async function seen(
  gallery: Gallery,
  ...angles: number[]
): Promise<{ identities: UnknownIdentities; labels: (string | undefined)[] }> {
  const identities = new UnknownIdentities({
    threshold: 0.9,
    known: await gallery.strangers(),
    labels: gallery.labels,
  });
  const labels = angles.map((angle) => {
    identities.label(at(angle), 0.8, none);
    return identities.label(at(angle), 0.8, none);
  });
  return { identities, labels };
}
const remember = (gallery: Gallery, identities: UnknownIdentities, source: string) =>
  rememberStrangers(gallery, identities.observations(), { embedder: 'toy', source });

async function opened(store = new MemoryGalleryStore(), prefix = 'p'): Promise<Gallery> {
  let count = 0;
  return Gallery.open(store, { createId: () => `${prefix}${++count}` });
}

describe('rememberStrangers', () => {
  it('lets a later run know them by their labels, and go on numbering', async () => {
    await using gallery = await opened();
    const first = await seen(gallery, 0, 90);
    expect(first.labels).toEqual(['unknown-1', 'unknown-2']);
    await remember(gallery, first.identities, 'a.mp4');
    const second = await seen(gallery, 180, 92);
    expect(second.labels).toEqual(['unknown-3', 'unknown-2']);
    expect(await remember(gallery, second.identities, 'b.mp4')).toEqual([
      { label: 'unknown-3', kept: 'unknown-3', isNew: true },
      { label: 'unknown-2', kept: 'unknown-2', isNew: false },
    ]);
    expect(gallery.people().map(({ name, faces }) => [name, faces])).toEqual([
      ['unknown-1', 1],
      ['unknown-2', 2],
      ['unknown-3', 1],
    ]);
    const again = await seen(gallery, 92);
    await remember(gallery, again.identities, 'b.mp4');
    expect(gallery.facesOf(gallery.person('unknown-2').id)).toHaveLength(2);
  });

  it('names all that was seen of somebody, and then knows them by name', async () => {
    await using gallery = await opened();
    await remember(gallery, (await seen(gallery, 0)).identities, 'a.mp4');
    expect(await gallery.search(at(0))).toEqual([]);
    await gallery.name('unknown-1', 'Ada');
    expect(await gallery.search(at(0))).toMatchObject([{ name: 'Ada' }]);
    expect(await gallery.strangers()).toEqual([]);
    expect(gallery.facesOf(gallery.person('Ada').id)).toMatchObject([{ source: 'a.mp4', kind: 'video' }]);
    // The label is not given to anybody else.
    expect((await seen(gallery, 90)).labels).toEqual(['unknown-2']);
  });

  it('keeps two runs at once apart, whoever ends first', async () => {
    const store = new MemoryGalleryStore();
    const [one, two] = [await opened(store, 'one'), await opened(store, 'two')];
    const [first, second] = [await seen(one, 0), await seen(two, 90, 180)];
    expect(await remember(one, first.identities, 'a.mp4')).toMatchObject([{ kept: 'unknown-1' }]);
    expect(await remember(two, second.identities, 'b.mp4')).toEqual([
      { label: 'unknown-1', kept: 'unknown-2', isNew: true },
      { label: 'unknown-2', kept: 'unknown-3', isNew: true },
    ]);
    expect(two.people().map(({ name }) => name)).toEqual(['unknown-1', 'unknown-2', 'unknown-3']);
  });

  it('keeps nobody of whom there is one picture only, or poor ones, nor who was forgotten meanwhile', async () => {
    await using gallery = await opened();
    await remember(gallery, (await seen(gallery, 0)).identities, 'a.mp4');
    const { identities } = await seen(gallery, 0);
    identities.label(at(90), 0.9, none);
    identities.label(at(180), 0.1, none);
    identities.label(at(180), 0.1, none);
    await gallery.remove('unknown-1');
    expect(await remember(gallery, identities, 'b.mp4')).toEqual([]);
    expect(gallery.people()).toEqual([]);
  });

  it('can be undone', async () => {
    await using gallery = await opened();
    await remember(gallery, (await seen(gallery, 0, 90)).identities, 'a.mp4');
    expect((await gallery.undo()).action).toBe('remember 2 strangers of a.mp4');
    expect(gallery.people()).toEqual([]);
  });
});
