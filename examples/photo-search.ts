/** In which photos is this face? node --import tsx examples/photo-search.ts somebody.jpg photo.jpg another.jpg ... */
import { FlatIndex } from '@fr-stream/core';
import { SharpCodec } from '@fr-stream/backend-node';
import { facesOfPhoto } from '@fr-stream/engine';
import { loadDefaultModels } from './default-models.js';

const [probe, ...photos] = process.argv.slice(2);
await using models = await loadDefaultModels();
const codec = new SharpCodec();
await using index = new FlatIndex(models.embedder.size);

for (const photo of photos) {
  const faces = await facesOfPhoto({ ...models, codec }, photo);
  const embeddings = await models.embedder.embed(faces.map(({ aligned }) => aligned));
  // Two names of one photo are one group: of each the nearest face counts.
  await index.add(embeddings.map(({ vector }, i) => ({ id: `${photo}#${i}`, group: photo, vector })));
}
const [largest] = await facesOfPhoto({ ...models, codec }, probe);
if (largest === undefined) throw new Error(`${probe}: no face was found`);
const [{ vector }] = await models.embedder.embed([largest.aligned]);
for (const { group, distance } of await index.search(vector, 10, { perGroup: 1 })) {
  const similarity = 1 - distance;
  console.log(
    `${similarity.toFixed(2)}  ${similarity >= models.embedder.threshold ? 'the same' : 'other'}  ${group}`,
  );
}
