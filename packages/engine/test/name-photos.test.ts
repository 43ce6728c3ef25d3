import {
  Gallery,
  MemoryGalleryStore,
  l2Normalize,
  type FaceQuality,
  type LibraryFace,
  type PersonRecord,
} from '@fr-stream/core';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { PhotoNames } from '../src/name-photos.js';

const quality: FaceQuality = { size: 100, sharpness: 400, yaw: 0, pitch: 0, roll: 0, overall: 1 };
const detection = { box: { x: 0, y: 0, width: 100, height: 100 }, score: 1 };

/** A face that looks `angle` degrees away from Anna. */
function face(id: string, angle: number, personId?: string): LibraryFace {
  const radians = (angle * Math.PI) / 180;
  const vector = l2Normalize(Float32Array.of(Math.cos(radians), Math.sin(radians), 0));
  const embedding = { vector, norm: 1, model: 'test' };
  const files = { cutout: `${id}.jpg`, aligned: `${id}.jpg` };
  return { id, hash: 'photo', detection, quality, embedding, ...files, ...(personId && { personId }) };
}

let gallery: Gallery;
let anna: PersonRecord;
let stranger: PersonRecord;
let names: PhotoNames;

beforeEach(async () => {
  let ids = 0;
  gallery = await Gallery.open(new MemoryGalleryStore(), { createId: () => `id-${++ids}` });
  ({ person: anna } = await gallery.enroll('Anna', [
    { ...face('enrolled', 0), source: 'anna.jpg', quality: 1 },
  ]));
  stranger = await gallery.newPerson();
  await gallery.apply([{ kind: 'add-person', person: stranger }], { action: 'test', people: [], undo: [] });
  names = new PhotoNames(gallery, { threshold: 0.5 });
});

describe('the faces of a photo', () => {
  it('that nobody has are named by similarity', async () => {
    const [alike, other] = await names.of([face('a', 10), face('b', 80)]);
    expect(alike?.identity).toMatchObject({ kind: 'known', personId: anna.id, name: 'Anna' });
    expect(other?.identity).toMatchObject({ kind: 'unknown', reason: 'below-threshold' });
  });

  it('that belong to somebody are named without being looked for', async () => {
    const search = vi.spyOn(gallery, 'search');
    // Much like Anna, but the gallery says otherwise.
    const [hers, other] = await names.of([face('a', 80, anna.id), face('b', 10, stranger.id)]);
    expect(hers?.identity).toMatchObject({ kind: 'known', personId: anna.id, name: 'Anna', score: 1 });
    expect(other?.identity).toMatchObject({ kind: 'unknown', label: stranger.name });
    expect(search).not.toHaveBeenCalled();
  });

  it('are no second face of somebody who is there', async () => {
    const [free, hers] = await names.of([face('a', 5), face('b', 60, anna.id)]);
    expect(free?.identity).toMatchObject({ kind: 'unknown', reason: 'conflict', nearest: { name: 'Anna' } });
    expect(hers?.identity).toMatchObject({ kind: 'known', name: 'Anna' });
  });

  it('are looked for where their person is gone', async () => {
    const [found] = await names.of([face('a', 5, 'somebody-forgotten')]);
    expect(found?.identity).toMatchObject({ kind: 'known', name: 'Anna' });
  });

  it('are not whom the user said they are not', async () => {
    await gallery.apply([{ kind: 'reject', pairs: [['a', anna.id]] }], {
      action: 'test',
      people: [],
      undo: [],
    });
    const [found] = await names.of([face('a', 5)]);
    expect(found?.identity).toMatchObject({ kind: 'unknown', reason: 'conflict', nearest: { name: 'Anna' } });
  });
});
