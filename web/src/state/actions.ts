// What the screen can do (contract.ts), put into inputs of the reducer, commands of the outbox, and calls of HTTP.
import { at, fault, type Http, type Outcome } from '../net/http';
import type { Member, Room, RoomBody } from '../protocol.gen';
import type { Account } from './account';
import type { Actions } from './contract';
import type { Conversation } from './conversation';
import type { Model } from './model';
import { canDiscard, type Entry, type Target } from './outbox';
import { list, peopleActionsOf } from './people-actions';
import { keyOf } from './rows';

/** How long a room may take to come over the socket after HTTP has said that I am in it. */
const ARRIVAL_MS = 5_000;
/** The most that the server gives at once: a list of members is shown whole. */
const MEMBERS_PAGE = 500;

export function actionsOf(account: Account, http: Http, newId: () => string): Actions {
  const now = () => account.conversation;
  const here = () => now()?.model.screen.room ?? null;

  /** A command about a row: by its seq, or, where it still waits here, by its nonce. */
  const about = (
    key: string,
    then: (talk: Conversation, room: string, target: Target, entry: Entry | null) => void,
  ) => {
    const talk = now();
    const room = here();
    const found = talk && room !== null ? locate(talk.model, room, key) : null;
    if (talk && room !== null && found) then(talk, room, found.target, found.entry);
  };

  return {
    ...peopleActionsOf(now, http),
    signIn: account.signIn,
    signUp: account.signUp,
    claim: account.claim,
    signOut: account.signOut,
    tryNow: () => account.tryNow(),

    openRoom: (room, seq) => now()?.do({ type: 'open', room, seq: seq ?? null }),
    loadOlder: () => now()?.do({ type: 'want', where: 'older' }),
    loadNewer: () => now()?.do({ type: 'want', where: 'newer' }),
    loadNewest: () => now()?.do({ type: 'want', where: 'newest' }),
    jumpTo: (seq) => now()?.do({ type: 'jump', seq }),
    needQuote: (seq) => now()?.do({ type: 'want-quote', seq }),
    atBottom: (atBottom) => now()?.do({ type: 'reading', atBottom }),
    markRead: (room = here() ?? '') => now()?.do({ type: 'read', room }),
    typing: () => {
      const room = here();
      if (room !== null) now()?.typing(room);
    },

    post: (text, replyTo) => {
      const room = here();
      const plain = text.replace(/\r\n?/g, '\n');
      if (room === null || plain.trim() === '') return;
      now()?.do({ type: 'want', where: 'newest' }); // after a jump into the past, back to where it will appear
      now()?.say(room, { kind: 'post', text: plain, replyTo: replyTo ?? null });
    },
    retry: (key) =>
      about(
        key,
        (talk, _, __, entry) => entry && talk.do({ type: 'again', nonce: entry.nonce, now: Date.now() }),
      ),
    discard: (key) => {
      let text: string | null = null;
      about(key, (talk, _, __, entry) => {
        if (!entry || entry.command.kind !== 'post' || !canDiscard(entry)) return;
        text = entry.command.text;
        talk.do({ type: 'discard', nonce: entry.nonce });
      });
      return text;
    },
    edit: (key, text) =>
      about(key, (talk, room, target, entry) => {
        const plain = text.replace(/\r\n?/g, '\n');
        if (entry?.state.name === 'refused') {
          const rewritten = { text: plain, nonce: newId() };
          talk.do({ type: 'again', nonce: entry.nonce, now: Date.now(), rewritten });
        } else {
          talk.say(room, { kind: 'edit', target, text: plain });
        }
      }),
    remove: (key) =>
      about(key, (talk, room, target, entry) => {
        if (entry?.state.name === 'refused') talk.do({ type: 'discard', nonce: entry.nonce });
        else talk.say(room, { kind: 'delete', target });
      }),
    react: (key, emoji) =>
      about(key, (talk, room, target) => talk.say(room, { kind: 'react', target, emoji })),
    unreact: (key, emoji) =>
      about(key, (talk, room, target) => talk.say(room, { kind: 'unreact', target, emoji })),
    dismiss: (notice) => now()?.do({ type: 'discard', nonce: notice }),

    createRoom: async (form) => {
      const made = await http<RoomBody>('POST', '/rooms', { body: { ...form, nonce: newId() } });
      return made.ok ? arrival(now(), made.value.room.id) : made;
    },
    listOpenRooms: (q, after) => list<Room>(http, '/rooms', { scope: 'open', q: q || undefined, after }),
    joinRoom: async (id) => {
      const joined = await http<void>('PUT', at`/rooms/${id}/members/me`);
      if (!joined.ok) return joined;
      const arrived = await arrival(now(), id);
      return arrived.ok ? joined : arrived;
    },
    leaveRoom: async (id) => {
      const left = await http<void>('DELETE', at`/rooms/${id}/members/me`);
      if (left.ok) await now()?.until((model) => !model.rooms.has(id), ARRIVAL_MS);
      return left;
    },
    updateRoom: async (id, change) => {
      const done = await http<RoomBody>('PATCH', at`/rooms/${id}`, { body: change });
      return done.ok ? { ok: true, value: undefined } : done;
    },
    listMembers: (id, after) => list<Member>(http, at`/rooms/${id}/members`, { after, limit: MEMBERS_PAGE }),
    putMember: (room, user, role) =>
      http<void>('PUT', at`/rooms/${room}/members/${user}`, { body: role ? { role } : {} }),
    removeMember: (room, user) => http<void>('DELETE', at`/rooms/${room}/members/${user}`),
  };
}

/** Once the room is there it can be opened. Offline it cannot come; then it will be there after the next `ready`. */
async function arrival(conversation: Conversation | null, id: string): Promise<Outcome<string>> {
  const arrived = await conversation?.until((model) => model.rooms.has(id), ARRIVAL_MS);
  return arrived ? { ok: true, value: id } : { ok: false, fault: fault('timeout') };
}

function locate(model: Model, roomId: string, key: string): { target: Target; entry: Entry | null } | null {
  const entry = model.outbox.find((e) => e.command.kind === 'post' && keyOf(e.author, e.nonce) === key);
  if (entry) return { target: entry.state.name === 'acked' ? entry.state.seq : entry.nonce, entry };
  const rows = model.rooms.get(roomId)?.window?.rows ?? [];
  const message = rows.find((m) => keyOf(m.by.id, m.nonce) === key);
  return message ? { target: message.seq, entry: null } : null;
}
