// A server as small as a test needs it: one room's log, and what the wire would say of it, worked out the slow and plain
// way, so that the reducer has something to be compared with. For tests only.
import type { Event, Message, MessagePage, Person, Ready, Room, Seq, User } from '../protocol.gen';

export const person = (id: string): Person => ({ id, username: id, name: id });
export const user = (id: string): User => ({ ...person(id), role: 'member' });
export const time = (seq: Seq) => new Date(Date.UTC(2026, 0, 1) + seq * 1000).toISOString();
export const EPOCH = 'epoch';
export const ROOM = 'room';

type Loose = { kind: Event['kind']; by: string } & Record<string, unknown>;

export class FakeRoom {
  readonly log: Event[] = [];
  read: Seq = 0;

  constructor(readonly me = 'me') {}

  get head(): Seq {
    return this.log.length;
  }

  add({ by, ...rest }: Loose): Event {
    const seq = this.head + 1;
    const event = { seq, at: time(seq), by: person(by), nonce: `n${seq}`, ...rest } as unknown as Event;
    this.log.push(event);
    return event;
  }

  post(by: string, text = `text ${this.head + 1}`, more: object = {}): Event {
    return this.add({ kind: 'message_posted', by, text, ...more });
  }

  /** The log as it is read now: what was deleted stands redacted. */
  events(after: Seq, upTo = this.head): Event[] {
    const gone = new Set(this.log.flatMap((e) => (e.kind === 'message_deleted' ? [e.target] : [])));
    return this.log.slice(after, upTo).map((e) => {
      const redacted = gone.has(
        e.kind === 'message_posted' ? e.seq : e.kind === 'message_edited' ? e.target : -1,
      );
      if (!redacted) return e;
      const tombstone = { ...e, redacted: true } as unknown as { text?: string };
      delete tombstone.text;
      return tombstone as Event;
    });
  }

  /** Every message as it stood at a seq. */
  messages(asOf = this.head): Message[] {
    return this.log.slice(0, asOf).flatMap((post): Message[] => {
      if (post.kind !== 'message_posted') return [];
      const touching = this.log.slice(0, asOf).filter((e) => 'target' in e && e.target === post.seq);
      const { seq, at, by, nonce } = post;
      const rev = touching.at(-1)?.seq ?? seq;
      if (touching.some((e) => e.kind === 'message_deleted'))
        return [{ seq, at, by, nonce, deleted: true as const, rev }];
      const edit = touching.findLast((e) => e.kind === 'message_edited');
      const message: Message = {
        seq,
        at,
        by,
        nonce,
        text: edit?.text ?? post.text ?? '',
        reactions: [],
        rev,
      };
      if (post.mentions) message.mentions = post.mentions;
      if (post.reply_to !== undefined) message.reply_to = post.reply_to;
      if (edit) message.edited_at = edit.at;
      for (const e of touching) {
        const found = message.reactions.find((r) => 'emoji' in e && r.emoji === e.emoji);
        if (e.kind === 'reaction_added') {
          if (found) found.by.push(e.by.id);
          else message.reactions.push({ emoji: e.emoji, count: 0, by: [e.by.id], mine: false });
        } else if (e.kind === 'reaction_removed' && found) {
          found.by = found.by.filter((id) => id !== e.by.id);
        }
        message.reactions = message.reactions.filter((r) => r.by.length > 0);
      }
      for (const r of message.reactions)
        Object.assign(r, { count: r.by.length, mine: r.by.includes(this.me) });
      return [message];
    });
  }

  page(where: 'newest' | 'older' | 'newer' | 'around', bound: Seq | null, limit = 5): MessagePage {
    const all = this.messages();
    const base = { as_of: this.head, epoch: EPOCH };
    const at = bound ?? Infinity;
    if (where === 'newer') {
      const after = all.filter((m) => m.seq > at);
      return { ...base, items: after.slice(0, limit), has_more: after.length > limit };
    }
    if (where === 'around') {
      const older = all.filter((m) => m.seq < at);
      const rest = all.filter((m) => m.seq >= at);
      const items = [...older.slice(-2), ...rest.slice(0, limit - 2)];
      return { ...base, items, has_more_before: older.length > 2, has_more_after: rest.length > limit - 2 };
    }
    const before = all.filter((m) => m.seq < at);
    return { ...base, items: before.slice(-limit), has_more: before.length > limit };
  }

  count(head = this.head, read = this.read) {
    const gone = new Set(
      this.log.slice(0, head).flatMap((e) => (e.kind === 'message_deleted' ? [e.target] : [])),
    );
    const posts = this.log
      .slice(read, head)
      .filter((e) => e.kind === 'message_posted' && e.by.id !== this.me && !gone.has(e.seq));
    const mentions = posts.filter((e) => e.kind === 'message_posted' && e.mentions?.includes(this.me));
    return { read, head, unread: Math.min(100, posts.length), mentions: Math.min(100, mentions.length) };
  }

  room(): Room {
    const facts = {
      id: ROOM,
      name: 'general',
      kind: 'open' as const,
      topic: '',
      archived: false,
      member_count: 3,
    };
    return { ...facts, joined: 0, role: 'member', ...this.count() };
  }

  ready(epoch = EPOCH): Ready {
    return {
      type: 'ready',
      protocol: 1,
      server: { name: 'Parlor', version: '1' },
      epoch,
      user: user(this.me),
      session: 's',
      heartbeat: { interval_ms: 5000, max_missed: 2 },
      limits: {
        text_bytes: 16384,
        frame_bytes: 131072,
        catch_up_events: 1000,
        hello_rooms: 500,
        user_rooms: 1000,
      },
      rooms: [this.room()],
    };
  }
}

/** Chance that can be had again (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
