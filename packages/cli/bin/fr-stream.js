#!/usr/bin/env node
const [major] = process.versions.node.split('.').map(Number);
if (major < 20) {
  console.error(`fr-stream needs Node 20.17 or later, or 22.9 or later; this is ${process.versions.node}.`);
  process.exit(1);
}
// Loaded only now: an older Node would stop at the syntax of some dependency.
const { main } = await import('../dist/main.js');

await main(process.argv);
