import asc from 'assemblyscript/asc';
import { fileURLToPath } from 'node:url';
import { MOST_PAGES } from '../src/image/kernel/pixel-memory.js';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

/** A module of WebAssembly that a package carries. */
export interface Kernel {
  /** Its sources' entry, seen from the package. */
  readonly entry: string;
  readonly flags: readonly string[];
  /** Where it is kept, and as what. */
  readonly generated: string;
  readonly constant: string;
}

const source = (path: string): string => fileURLToPath(new URL(`../src/${path}`, import.meta.url));

export const PIXEL_KERNEL: Kernel = {
  entry: 'kernel/index.ts',
  flags: [
    '--enable',
    'threads',
    '--sharedMemory',
    '--initialMemory',
    '1',
    '--maximumMemory',
    String(MOST_PAGES),
  ],
  generated: source('image/kernel/kernel.generated.ts'),
  constant: 'KERNEL_WASM',
};

export const DISTANCE_KERNEL: Kernel = {
  entry: 'kernel/distance.ts',
  flags: [],
  generated: source('search/distance-kernel.generated.ts'),
  constant: 'DISTANCE_KERNEL_WASM',
};

export const QUANTISED_KERNEL: Kernel = {
  entry: 'kernel/quantised.ts',
  flags: [],
  generated: source('search/quantised-kernel.generated.ts'),
  constant: 'QUANTISED_KERNEL_WASM',
};

export const NETWORK_KERNEL: Kernel = {
  entry: '../backend-web/kernel/index.ts',
  flags: [],
  generated: source('../../backend-web/src/network/kernel.generated.ts'),
  constant: 'NETWORK_KERNEL_WASM',
};

/** Compiles AssemblyScript to WebAssembly; the same sources give the same bytes. */
export async function compileKernel({ entry, flags }: Kernel): Promise<Buffer> {
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    // prettier-ignore
    [
      entry, '--baseDir', PACKAGE, '--outFile', 'kernel.wasm', '--runtime', 'stub', '--enable', 'simd',
      '--importMemory', ...flags, '-O3', '--noAssert', '--converge',
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
