/** Adds COUNT people with one face each to a gallery, one change each: node add-people-in-child.mjs FILE PREFIX COUNT */
import { SqliteGalleryStore } from '../../src/index.ts';

const [file, prefix, count] = process.argv.slice(2);
const store = await SqliteGalleryStore.open(file);
for (let i = 0; i < Number(count); i++) {
  const id = `${prefix}${i}`;
  const face = { id, personId: id, vector: Float32Array.of(i, 1), source: 'x.jpg', quality: 1 };
  await store.apply([
    { kind: 'add-person', person: { id, name: id } },
    { kind: 'add-faces', embedder: 'net', faces: [face] },
  ]);
  console.log(id);
}
await store[Symbol.asyncDispose]();
