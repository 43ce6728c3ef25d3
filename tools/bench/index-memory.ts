import { HnswIndex } from '@fr-stream/backend-node';

// A process of its own, in which nothing else comes and goes: prints by how many MiB loading an index makes it grow.
const [folder] = process.argv.slice(2);
const before = process.memoryUsage.rss();
await using index = await HnswIndex.load(folder);
if ((await index.count()) === 0) throw new Error(`${folder} holds nothing`);
process.stdout.write(((process.memoryUsage.rss() - before) / 2 ** 20).toFixed(0));
