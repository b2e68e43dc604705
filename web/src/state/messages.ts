// One message, and what an event makes of it. An event at or below the message's `rev` has been taken in already: so a
// page and the events around it may come in any order and agree.
import type { Event, LiveMessage, Message, MessagePosted, Reaction } from '../protocol.gen';

/** The first so many reactors are named. */
const NAMED_REACTORS = 20;

/** The post an event makes. One whose text is gone already is a deleted message; its deletion follows in the log. */
export function messageOf(event: MessagePosted): Message {
  const { seq, at, by, nonce } = event;
  if (event.text === undefined) return { seq, at, by, nonce, deleted: true, rev: seq };
  const message: LiveMessage = { seq, at, by, nonce, text: event.text, reactions: [], rev: seq };
  if (event.mentions?.length) message.mentions = event.mentions;
  if (event.reply_to !== undefined) message.reply_to = event.reply_to;
  return message;
}

/** The message that an event changes, if it is one of those. */
export function targetOf(event: Event): number | null {
  return 'target' in event ? event.target : null;
}

/** The same message where the event does not touch it. */
export function applyToMessage(message: Message, event: Event, me: string): Message {
  if (targetOf(event) !== message.seq || event.seq <= message.rev) return message;
  const { seq, at, by, nonce } = message;
  if (event.kind === 'message_deleted') return { seq, at, by, nonce, deleted: true, rev: event.seq };
  if (message.deleted) return { ...message, rev: event.seq };
  switch (event.kind) {
    case 'message_edited':
      // Without a text: it was deleted since, and that event follows.
      return { ...message, text: event.text ?? message.text, edited_at: event.at, rev: event.seq };
    case 'reaction_added':
      return { ...message, reactions: added(message.reactions, event, me), rev: event.seq };
    case 'reaction_removed':
      return { ...message, reactions: removed(message.reactions, event, me), rev: event.seq };
    default:
      return message;
  }
}

type Reacted = Extract<Event, { emoji: string }>;

function added(reactions: readonly Reaction[], { emoji, by }: Reacted, me: string): Reaction[] {
  const mine = by.id === me;
  if (!reactions.some((r) => r.emoji === emoji)) {
    return [...reactions, { emoji, count: 1, by: [by.id], mine }];
  }
  return reactions.map((r) =>
    r.emoji !== emoji
      ? r
      : {
          emoji,
          count: r.count + 1,
          by: r.by.length < NAMED_REACTORS && r.by.length === r.count ? [...r.by, by.id] : r.by,
          mine: r.mine || mine,
        },
  );
}

function removed(reactions: readonly Reaction[], { emoji, by }: Reacted, me: string): Reaction[] {
  return reactions.flatMap((r) => {
    if (r.emoji !== emoji) return [r];
    if (r.count <= 1) return [];
    const left = r.by.filter((id) => id !== by.id);
    return [{ emoji, count: r.count - 1, by: left, mine: r.mine && by.id !== me }];
  });
}
