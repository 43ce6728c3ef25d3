#!/usr/bin/env node
const [major] = process.versions.node.split('.').map(Number);
if (major < 20) {
  console.error(`fr-stream needs Node 20.17 or later, or 22.9 or later; this is ${process.versions.node}.`);
  process.exit(1);
}
// Passwords of cameras: all users of a machine can read command lines.
const secret =
  /^([a-z][a-z0-9+.-]*:\/\/)[^/\s]*(?=@)|([?&][^=&\s]*(?:pass|pwd|token|secret|key|auth|streamid)[^=&\s]*=)[^&\s]*/gi;
if (process.argv.some((word) => word.search(secret) >= 0)) {
  process.title = ['fr-stream', ...process.argv.slice(2).map((word) => word.replace(secret, '$1$2***'))].join(
    ' ',
  );
}
// Loaded only now: an older Node would stop at the syntax of some dependency.
const { main } = await import('../dist/main.js');

await main(process.argv);
