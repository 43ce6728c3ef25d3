import { expect, it } from 'vitest';
import { keptPath } from '../src/kept-path.js';

it('keeps files of one name from several folders side by side, and finds each again', async () => {
  const kept = new Map<string, string>();
  const keep = async (content: string, webkitRelativePath = '') => {
    const file = { name: 'IMG_1.jpg', webkitRelativePath } as File;
    const { path, record } = await keptPath(
      file,
      async (at) => kept.get(at),
      (there) => there === content,
    );
    kept.set(path, content);
    return [path, record];
  };
  expect(await keep('beach')).toEqual(['IMG_1.jpg', undefined]);
  expect(await keep('forest')).toEqual(['IMG_1.jpg (2)', undefined]);
  expect(await keep('forest')).toEqual(['IMG_1.jpg (2)', 'forest']);
  expect(await keep('beach')).toEqual(['IMG_1.jpg', 'beach']);
  expect(await keep('forest', 'card/IMG_1.jpg')).toEqual(['card/IMG_1.jpg', undefined]);
});

it('gives a file that was saved again its own place, unless another one is meant', async () => {
  const kept = new Map([
    ['IMG_1.jpg', 'forest'],
    ['IMG_1.jpg (2)', 'beach'],
  ]);
  const place = async (content: string) => {
    const file = { name: 'IMG_1.jpg', webkitRelativePath: '' } as File;
    const { path, record } = await keptPath(
      file,
      async (at) => kept.get(at),
      (there) => there === content,
      (there) => content.startsWith(there),
    );
    return [path, record];
  };
  expect(await place('beach, brighter')).toEqual(['IMG_1.jpg (2)', 'beach']);
  expect(await place('city')).toEqual(['IMG_1.jpg (3)', undefined]);
  kept.set('IMG_1.jpg (3)', 'forest, cropped');
  expect(await place('forest, cropped')).toEqual(['IMG_1.jpg (3)', 'forest, cropped']);
});
