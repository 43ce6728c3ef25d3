import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus } from 'node:os';
import { promisify } from 'node:util';
import { installedProviders, NodeModelStore, OnnxRuntimeBackend, onnxruntime } from '@fr-stream/backend-node';
import { FrStreamError, messageOf, type ExecutionProvider } from '@fr-stream/core';
import { DEFAULT_CHAIN } from '@fr-stream/models';

const run = promisify(execFile);

/** What this machine has, in words and for the measurements. */
export interface Accelerators {
  /** `cpu` first; each has loaded a small model. */
  readonly providers: readonly ExecutionProvider[];
  /** For people: processor, GPU, versions, and of each provider whether it can be used or what it lacks. */
  readonly lines: readonly string[];
}

async function output(command: string, args: readonly string[]): Promise<string> {
  try {
    return (await run(command, args, { timeout: 20_000 })).stdout.trim();
  } catch (error) {
    return `${command} cannot be asked (${messageOf(error).split('\n')[0]})`;
  }
}

/** Whether a provider loads a small model, or why it does not. */
async function trial(provider: ExecutionProvider, model: Uint8Array): Promise<string | undefined> {
  await using backend = new OnnxRuntimeBackend({ logLevel: 'fatal' });
  try {
    await backend.load(model, { providers: [provider] });
    return undefined;
  } catch (error) {
    const hint = FrStreamError.isInstance(error) && error.hint !== undefined ? ` ${error.hint}` : '';
    return `${messageOf(error)}${hint}`.replaceAll('\n', ' ');
  }
}

export async function describeAccelerators(): Promise<Accelerators> {
  const [cpu] = cpus();
  const ort = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  const { version } = JSON.parse(readFileSync(ort, 'utf8')) as { version: string };
  const lines = [
    `${cpu?.model ?? 'unknown processor'}, ${availableParallelism()} cores, ${process.platform} ${process.arch}; ` +
      `Node ${process.versions.node}, onnxruntime-node ${version}.`,
    `GPU: ${await output('nvidia-smi', ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader'])}`,
  ];
  const model = await new NodeModelStore().bytes(DEFAULT_CHAIN.landmarker);
  const providers: ExecutionProvider[] = [];
  const offered = new Set<ExecutionProvider>(installedProviders());
  for (const { name, bundled } of onnxruntime().listSupportedBackends()) {
    const provider = name as ExecutionProvider;
    const problem = await trial(provider, model);
    if (problem === undefined) providers.push(provider);
    const came = bundled ? 'part of the npm package' : 'not part of the npm package';
    lines.push(
      `- ${name} (${came}${offered.has(provider) ? '' : ', not installed'}): ${problem === undefined ? 'runs' : `cannot be used. ${problem}`}`,
    );
  }
  return { providers, lines };
}
