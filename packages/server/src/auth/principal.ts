import { ROLES, type Role } from '../config/schema.js';

/** Who asks, and what that one may. */
export interface Principal {
  readonly name: string;
  readonly role: Role;
  /** Ids of the galleries that exist for this one; in the configuration's order. */
  readonly galleries: readonly string[];
  readonly via: 'loopback' | 'key' | 'session';
  /** By session: what `x-csrf-token` must say. */
  readonly csrf?: string;
}

export function mayAct(principal: Principal, role: Role): boolean {
  return ROLES.indexOf(principal.role) >= ROLES.indexOf(role);
}
