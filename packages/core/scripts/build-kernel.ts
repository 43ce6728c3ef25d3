/** Compiles the kernels and writes them as modules; tests compare the two, so that they stay together. */
import { writeFile } from 'node:fs/promises';
import { compileKernel, DISTANCE_KERNEL, PIXEL_KERNEL, QUANTISED_KERNEL } from './compile-kernel.js';

for (const kernel of [PIXEL_KERNEL, DISTANCE_KERNEL, QUANTISED_KERNEL]) {
  const wasm = await compileKernel(kernel);
  await writeFile(
    kernel.generated,
    `// Made by "npm run kernel -w packages/core" from packages/core/kernel. Do not edit.
export const ${kernel.constant} =
  '${wasm.toString('base64')}';
`,
  );
  console.log(`${kernel.entry}: ${wasm.length} bytes`);
}
