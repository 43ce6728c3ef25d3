import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BackendError } from '@fr-stream/core';
import type { ExecutionProvider } from '@fr-stream/core';
import { onnxruntime } from '../../worker/onnxruntime.mjs';

const known: readonly ExecutionProvider[] = [
  'cpu',
  'cuda',
  'tensorrt',
  'dml',
  'coreml',
  'webgpu',
  'webnn',
  'openvino',
];

/** The folders that hold onnxruntime-node's native libraries for this platform. */
function libraryFolders(): readonly string[] {
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node');
  const bin = join(dirname(entry), '..', 'bin');
  if (!existsSync(bin)) return [];
  return readdirSync(bin).map((abi) => join(bin, abi, process.platform, process.arch));
}

/** Whether the library of a provider that is delivered apart (CUDA, TensorRT) has been installed. */
function isInstalled(provider: string): boolean {
  const file =
    process.platform === 'win32'
      ? `onnxruntime_providers_${provider}.dll`
      : `libonnxruntime_providers_${provider}.so`;
  return libraryFolders().some((folder) => existsSync(join(folder, file)));
}

/**
 * The execution providers whose libraries are installed, `cpu` first. That one is listed does not promise that its
 * device and driver are there: loading a model tells.
 */
export function installedProviders(): readonly ExecutionProvider[] {
  const usable = new Set<string>(
    onnxruntime()
      .listSupportedBackends()
      .filter(({ name, bundled }) => bundled || isInstalled(name))
      .map(({ name }) => name),
  );
  return known.filter((provider) => usable.has(provider));
}

/** What has to be done to get a provider. */
function howToGet(provider: ExecutionProvider): string {
  switch (provider) {
    case 'cuda':
    case 'tensorrt':
      return "Needs Linux x64 or Windows, an NVIDIA driver, CUDA and cuDNN, and the libraries that onnxruntime-node's install script downloads (allow it, then: npm rebuild onnxruntime-node).";
    case 'dml':
      return 'DirectML comes with onnxruntime-node on Windows only.';
    case 'coreml':
      return 'Core ML comes with onnxruntime-node on macOS only.';
    case 'webgpu':
      return 'Needs a GPU with a Vulkan, Metal or Direct3D 12 driver.';
    case 'openvino':
      return 'onnxruntime-node carries no OpenVINO build.';
    case 'wasm':
    case 'webnn':
      return `${provider} belongs to browsers: use @fr-stream/backend-web.`;
    case 'cpu':
      return 'The cpu provider is part of every build; reinstall onnxruntime-node.';
  }
}

export function providerMissing(
  wanted: readonly ExecutionProvider[],
  reasons: readonly string[],
  cause?: unknown,
): BackendError {
  const installed = installedProviders().join(', ');
  return new BackendError(
    'BACKEND_PROVIDER_MISSING',
    `No wanted execution provider can be used (${reasons.join('; ')}); installed: ${installed}`,
    { hint: `${wanted.map(howToGet).join(' ')} The cpu provider runs everywhere.`, cause },
  );
}
