// What I may do, so that the screen offers no more than that. The server judges again; these rules are the contract's.
import type { RoomItem, ServerRole, User } from '../state/contract';
import { SYSTEM_USERNAME } from './person';

export interface RoomRights {
  /** Name, topic, and the archive. */
  change: boolean;
  /** Bring somebody in. */
  add: boolean;
  /** Take somebody out, give roles. */
  rule: boolean;
  leave: boolean;
}

/** In a room that I am in. In an archived one nothing changes but that it is brought back, or left. */
export function inRoom(room: Pick<RoomItem, 'kind' | 'role' | 'archived'>, me: User): RoomRights {
  if (room.kind === 'direct') return { change: false, add: false, rule: false, leave: false };
  const staff = me.role !== 'member' && room.kind === 'open';
  const owns = room.role === 'owner' || staff;
  const live = !room.archived;
  return { change: owns, add: live && (owns || room.kind === 'open'), rule: live && owns, leave: true };
}

/** Sees everybody's accounts and invites. */
export function isStaff(me: User): boolean {
  return me.role !== 'member';
}

/** Disables, enables, gives a new password: an admin to members, an owner to all. */
export function rulesOver(me: User, user: User): boolean {
  if (user.username === SYSTEM_USERNAME) return false;
  return me.role === 'owner' || (me.role === 'admin' && user.role === 'member');
}

export function givesRoles(me: User, user: User): boolean {
  return me.role === 'owner' && rulesOver(me, user);
}

/** The roles, least first. */
export const serverRoles: readonly ServerRole[] = ['member', 'admin', 'owner'];
