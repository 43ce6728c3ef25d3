import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { findFfmpeg } from '@fr-stream/stream';

/** One paragraph that says on what the figures were taken. */
export async function describeMachine(): Promise<string> {
  const [cpu] = cpus();
  const ort = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  const { version } = JSON.parse(readFileSync(ort, 'utf8')) as { version: string };
  const { version: ffmpeg } = await findFfmpeg();
  return (
    `${cpu?.model ?? 'unknown processor'}, ${availableParallelism()} cores${wideVectors()}, ` +
    `${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${process.platform} ${process.arch}; ` +
    `Node ${process.versions.node}, onnxruntime-node ${version}, ffmpeg ${ffmpeg}; ` +
    `code ${commit()}; load before the run ${loadavg()[0].toFixed(1)}.`
  );
}

/** The instruction sets that decide what a model costs. */
function wideVectors(): string {
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
    const known = ['avx2', 'avx512f', 'avx512_vnni', 'amx_int8'].filter((flag) => flags.includes(` ${flag}`));
    return known.length === 0 ? '' : ` (${known.join(', ')})`;
  } catch {
    return '';
  }
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    }).trim();
  } catch {
    return 'of unknown commit';
  }
}
