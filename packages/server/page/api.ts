import type { ScheduleEntry } from './schedule-editor.js';
import type { Zone } from './zone-editor.js';

export interface Who {
  readonly name: string;
  readonly role: 'read' | 'tag' | 'admin';
  readonly galleries: readonly string[];
  readonly via: 'loopback' | 'key' | 'session';
  readonly csrf?: string;
}

export interface CameraInfo {
  readonly id: string;
  readonly name: string;
  readonly gallery: string;
  readonly url: string;
  readonly enabled: boolean;
  readonly origin: 'config' | 'api';
  readonly settings: {
    readonly maxFps: number;
    readonly maxHeight: number;
    readonly motion: unknown;
    readonly record?: { readonly keepDays?: number };
    readonly strangers: 'ignore' | 'tell';
    readonly zones: readonly Zone[];
    readonly schedule: readonly ScheduleEntry[];
  } & Readonly<Record<string, unknown>>;
  readonly status?: {
    readonly online: boolean;
    readonly reason?: string;
    readonly present: number;
    readonly fps: number;
    readonly dropped: number;
    readonly latencyMs: { readonly p95: number };
  };
}

export interface PageEvent {
  readonly id: string;
  readonly seq: number;
  readonly type: string;
  readonly at: string;
  readonly camera: string;
  readonly person?: { readonly id: string; readonly name: string };
  readonly label?: string;
  readonly score?: number;
  readonly reason?: string;
  readonly was?: string;
  readonly snapshot?: string;
  readonly bestShot?: string;
}

let csrf: string | undefined;

/** As `fetch`, with what the server wants to see from its own page. */
export function ask(address: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (csrf !== undefined) headers.set('x-csrf-token', csrf);
  return fetch(address, { ...init, headers, credentials: 'same-origin' });
}

/** @throws Error with what the server says. */
export async function json<T>(method: string, address: string, body?: object): Promise<T> {
  const answer = await ask(address, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  });
  if (answer.status === 204) return undefined as T;
  const value: unknown = await answer.json();
  if (answer.ok) return value as T;
  const { detail, hint, errors } = value as {
    detail?: string;
    hint?: string;
    errors?: { path: string; message: string }[];
  };
  const wrong = errors?.map(({ path, message }) => `${path}: ${message}`).join('; ');
  throw new Error([detail ?? `The server answered ${answer.status}.`, wrong, hint].filter(Boolean).join(' '));
}

/** Who is logged in; undefined for nobody. */
export async function whoAmI(): Promise<Who | undefined> {
  const answer = await ask('/api/session');
  if (answer.status === 401) return undefined;
  const who = (await answer.json()) as Who;
  csrf = who.csrf;
  return who;
}

export async function logIn(key: string): Promise<void> {
  await json('POST', '/api/session', { key });
}

export async function logOut(): Promise<void> {
  await json('DELETE', '/api/session');
  csrf = undefined;
}

export function socketUrl(path: string): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`;
}

export const mayAct = (who: Who, role: Who['role']): boolean =>
  ['read', 'tag', 'admin'].indexOf(who.role) >= ['read', 'tag', 'admin'].indexOf(role);
