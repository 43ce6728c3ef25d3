/** Compiles the kernels and writes them as modules; tests compare the two, so that they stay together. */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  compileKernel,
  DISTANCE_KERNEL,
  NETWORK_KERNEL,
  PIXEL_KERNEL,
  QUANTISED_KERNEL,
} from './compile-kernel.js';

for (const kernel of [PIXEL_KERNEL, DISTANCE_KERNEL, QUANTISED_KERNEL, NETWORK_KERNEL]) {
  const wasm = await compileKernel(kernel);
  await writeFile(
    kernel.generated,
    `// Made by "npm run kernel -w packages/core" from ${join('packages/core', dirname(kernel.entry))}. Do not edit.
export const ${kernel.constant} =
  '${wasm.toString('base64')}';
`,
  );
  console.log(`${kernel.entry}: ${wasm.length} bytes`);
}
