// The part of the seam (contract.ts) that is about accounts: mine, and for owners and admins everybody's. All of it asks
// the server by HTTP and returns an Outcome; what the server refuses comes back as a Fault, in no case as an exception.
import type { Outcome } from '../net/http';
import type { Invite, InviteMade, ServerRole, Session, User } from '../protocol.gen';

export interface Listing<T> {
  items: readonly T[];
  hasMore: boolean;
}

export interface PeopleActions {
  // me
  /** At most 5 times an hour. */
  renameMe(name: string): Promise<Outcome<User>>;
  /** Ends all my other sessions. */
  changePassword(old: string, next: string): Promise<Outcome<void>>;
  /** My sign-ins, and ending one. */
  listSessions(): Promise<Outcome<readonly Session[]>>;
  revokeSession(id: string): Promise<Outcome<void>>;

  // people of this server
  /** By when they made their account, 50 a page. `after` is the id of the last item of the page before. */
  listPeople(q: string, after?: string): Promise<Outcome<Listing<User>>>;
  /** One account by its id; null: there is none. */
  findPerson(id: string): Promise<Outcome<User | null>>;

  // as owner or admin
  updateUser(id: string, change: { role?: ServerRole; disabled?: boolean }): Promise<Outcome<User>>;
  /** Ends all their sessions. */
  resetPassword(id: string, next: string): Promise<Outcome<void>>;
  listInvites(): Promise<Outcome<readonly Invite[]>>;
  /** `expiresIn` in seconds. The link is in the answer this once. */
  createInvite(form: { maxUses: number; expiresIn: number }): Promise<Outcome<InviteMade>>;
  revokeInvite(id: string): Promise<Outcome<void>>;
  /** As owner. */
  renameServer(name: string): Promise<Outcome<void>>;
}
