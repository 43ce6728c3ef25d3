import { spawn } from 'node:child_process';
import type { CommandSettings } from '../config/schema.js';
import type { ServerEvent } from '../events/event.js';
import type { EventSink } from './event-sink.js';
import { passes } from './filter.js';

/**
 * Runs a command of the owner's through the shell for each event. The event comes as JSON on standard input and in
 * `FR_STREAM_*` variables, never as part of the command line, so that no name can become a command.
 */
export function onEventCommand(settings: CommandSettings): EventSink {
  return {
    name: 'command',
    giveUpMs: settings.giveUpHours * 3600_000,
    accepts: (event) => passes(settings, event),
    deliver: (event, signal) => run(settings, event, signal),
    close: async () => undefined,
  };
}

function variables(event: ServerEvent): Record<string, string> {
  return {
    FR_STREAM_EVENT: event.id,
    FR_STREAM_TYPE: event.type,
    FR_STREAM_AT: event.at,
    FR_STREAM_CAMERA: event.camera,
    FR_STREAM_GALLERY: event.gallery,
    FR_STREAM_NAME: event.person?.name ?? event.label ?? '',
    FR_STREAM_SCORE: event.score?.toFixed(4) ?? '',
  };
}

async function run(settings: CommandSettings, event: ServerEvent, signal: AbortSignal): Promise<void> {
  const windows = process.platform === 'win32';
  const child = spawn(settings.run, {
    shell: true,
    stdio: ['pipe', 'inherit', 'inherit'],
    windowsHide: true,
    // A group of its own, so that what the shell started ends with it.
    detached: !windows,
    env: { ...process.env, ...variables(event) },
  });
  const end = (): void => {
    if (child.pid === undefined || child.exitCode !== null) return;
    try {
      if (windows) child.kill();
      else process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  };
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    end();
  }, settings.timeoutSeconds * 1000);
  signal.addEventListener('abort', end, { once: true });
  // A command that does not read its input closes the pipe; that is no failure.
  child.stdin.on('error', () => undefined);
  child.stdin.end(`${JSON.stringify(event)}\n`);
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        if (code === 0) resolve();
        else if (late) reject(new Error(`the command took longer than ${settings.timeoutSeconds} s`));
        else reject(new Error(`the command ended with status ${code}`));
      });
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}
