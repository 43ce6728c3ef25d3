import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { SinkError } from '@fr-stream/core';
import { ffmpegCommand, findFfmpeg } from '@fr-stream/stream';
import type { SceneRenderer } from './render.js';
import type { Scene, StagedFrame } from './scene.js';

/** Encodes a scene as H.264 at its mean frame rate. @throws SinkError when ffmpeg fails. */
export async function writeVideo(
  path: string,
  scene: Scene,
  frames: readonly StagedFrame[],
  renderer: SceneRenderer,
): Promise<void> {
  const { path: ffmpeg } = await findFfmpeg();
  const rate = (frames.length / scene.durationS).toFixed(3);
  const input = [
    '-f',
    'rawvideo',
    '-pix_fmt',
    'rgb24',
    '-s',
    `${scene.width}x${scene.height}`,
    '-r',
    rate,
    '-i',
    '-',
  ];
  const output = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '20', '-pix_fmt', 'yuv420p', path];
  const command = ffmpegCommand(ffmpeg, ['-v', 'error', '-y', ...input, ...output]);
  const child = spawn(command.file, command.args, {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const closed = once(child, 'close');
  for (const staged of frames) {
    if (!child.stdin.write(renderer.frame(staged).data)) await once(child.stdin, 'drain');
  }
  child.stdin.end();
  const [code] = (await closed) as [number | null];
  if (code !== 0) throw new SinkError('OUTPUT_FAILED', `${path}: ffmpeg ended with ${code}`);
}
