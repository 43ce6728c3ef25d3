/** Compiles the pixel kernel and writes it as a module; a test compares the two, so that they stay together. */
import { writeFile } from 'node:fs/promises';
import { compileKernel, GENERATED } from './compile-kernel.js';

const wasm = await compileKernel();
await writeFile(
  GENERATED,
  `// Made by "npm run kernel -w packages/core" from packages/core/kernel. Do not edit.
export const KERNEL_WASM =
  '${wasm.toString('base64')}';
`,
);
console.log(`${wasm.length} bytes`);
