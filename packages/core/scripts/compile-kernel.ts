import asc from 'assemblyscript/asc';
import { fileURLToPath } from 'node:url';
import { MOST_PAGES } from '../src/image/kernel/pixel-memory.js';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

/** Where the compiled kernel is kept. */
export const GENERATED = fileURLToPath(new URL('../src/image/kernel/kernel.generated.ts', import.meta.url));

/** Compiles `kernel/` (AssemblyScript) to WebAssembly; the same sources give the same bytes. */
export async function compileKernel(): Promise<Buffer> {
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    // prettier-ignore
    [
      'kernel/index.ts', '--baseDir', PACKAGE, '--outFile', 'kernel.wasm',
      '--runtime', 'stub', '--enable', 'simd', '--enable', 'threads', '--importMemory', '--sharedMemory',
      '--initialMemory', '1', '--maximumMemory', String(MOST_PAGES), '-O3', '--noAssert', '--converge',
    ],
    {
      writeFile: (_name: string, contents: Uint8Array | string) => {
        if (typeof contents !== 'string') wasm = contents;
      },
    },
  );
  if (error !== null || wasm === undefined) {
    throw new Error(`the kernel does not compile:\n${stderr.toString()}`, { cause: error });
  }
  return Buffer.from(wasm);
}
