import { rmSync } from 'node:fs';
import { utimes } from 'node:fs/promises';
import { onExit } from 'signal-exit';
import { HEARTBEAT_MS } from './run-mark.js';

/** The temporary files of this process, and what each is for. */
const temporary = new Set<string>();
/** Absolute path -> name of the output that will get it. */
const claimed = new Map<string, string>();
let heart: NodeJS.Timeout | undefined;
let unhook: (() => void) | undefined;

/** From now on the file is removed when the process ends, whatever ends it (but `kill -9`). */
export function rememberTemporary(path: string): void {
  temporary.add(path);
  unhook ??= onExit(() => {
    for (const file of temporary) rmSync(file, { force: true, recursive: true });
  });
  heart ??= setInterval(() => {
    const now = new Date();
    for (const file of temporary) utimes(file, now, now).catch(() => undefined);
  }, HEARTBEAT_MS).unref();
}

export function forgetTemporary(path: string): void {
  temporary.delete(path);
  if (temporary.size > 0) return;
  clearInterval(heart);
  unhook?.();
  heart = unhook = undefined;
}

/** @returns who has it already. */
export function claimInProcess(path: string, name: string): string | undefined {
  const holder = claimed.get(path);
  if (holder === undefined) claimed.set(path, name);
  return holder;
}

export function releaseInProcess(path: string): void {
  claimed.delete(path);
}
