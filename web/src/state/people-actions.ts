// What contract-people.ts promises, as calls of HTTP. What changes here is shown at once where the wire would say it only
// later, or only to others.
import { at, type Http, type Outcome } from '../net/http';
import type { Invite, InviteMade, Items, Page, Server, Session, User, UserBody } from '../protocol.gen';
import type { Listing, PeopleActions } from './contract-people';
import type { Conversation } from './conversation';

export function peopleActionsOf(now: () => Conversation | null, http: Http): PeopleActions {
  /** The account as the server has it now; what is believed follows. */
  const taken = async (asked: Promise<Outcome<UserBody>>): Promise<Outcome<User>> => {
    const done = await asked;
    if (!done.ok) return done;
    const { user } = done.value;
    now()?.do({ type: 'frame', frame: { type: 'user_updated', user }, now: Date.now() });
    return { ok: true, value: user };
  };

  return {
    renameMe: (name) => taken(http('PATCH', '/me', { body: { name } })),
    changePassword: async (old, next) => {
      const done = await http<UserBody>('POST', '/me/password', { body: { old, new: next } });
      return done.ok ? { ok: true, value: undefined } : done;
    },
    listSessions: () => items<Session>(http, '/sessions'),
    revokeSession: (id) => http('DELETE', at`/sessions/${id}`),

    listPeople: (q, after) => list<User>(http, '/users', { q: q || undefined, after }),
    findPerson: async (id) => {
      const found = await http<Page<User>>('GET', '/users', { query: { ids: id } });
      return found.ok ? { ok: true, value: found.value.items[0] ?? null } : found;
    },
    updateUser: (id, change) => taken(http('PATCH', at`/users/${id}`, { body: change })),
    resetPassword: (id, next) => http('POST', at`/users/${id}/password`, { body: { new: next } }),
    listInvites: () => items<Invite>(http, '/invites'),
    createInvite: ({ maxUses, expiresIn }) =>
      http<InviteMade>('POST', '/invites', { body: { max_uses: maxUses, expires_in: expiresIn } }),
    revokeInvite: (id) => http('DELETE', at`/invites/${id}`),
    renameServer: async (name) => {
      const done = await http<Server>('PATCH', '/server', { body: { name } });
      if (!done.ok) return done;
      now()?.do({ type: 'server-named', name: done.value.name });
      return { ok: true, value: undefined };
    },
  };
}

/** One page of a listing. */
export async function list<T>(
  http: Http,
  path: string,
  query: Record<string, string | number | undefined>,
): Promise<Outcome<Listing<T>>> {
  const page = await http<Page<T>>('GET', path, { query });
  return page.ok ? { ok: true, value: { items: page.value.items, hasMore: page.value.has_more } } : page;
}

async function items<T>(http: Http, path: string): Promise<Outcome<readonly T[]>> {
  const all = await http<Items<T>>('GET', path);
  return all.ok ? { ok: true, value: all.value.items } : all;
}
