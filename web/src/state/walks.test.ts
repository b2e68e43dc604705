// The walks of docs/protocol/walks, replayed by the page: what a correct server said to one device, what the device sent,
// and what had to be believed, as the store has it. The Rust client replays the same files.
import { describe, expect, test } from 'vitest';
import type { EventPage, Message, MessagePage, Ready, Room, Seq, ServerFrame } from '../protocol.gen';
import { newModel, type Effect, type Model } from './model';
import { due, frameOf, type Command, type Entry } from './outbox';
import { reduce, type Input } from './reducer';

type Frame = Record<string, unknown>;
type Step =
  | { step: 'connect'; hello: { epoch?: string; rooms?: Record<string, Seq> } }
  | { step: 'cut' }
  | { step: 'wait'; ms: number }
  | { step: 'frame'; frame: ServerFrame }
  | { step: 'sends'; frames: Frame[] }
  | ({ step: 'say'; room: string; nonce: string } & Said)
  | { step: 'log'; room: string; after: Seq; page: EventPage }
  | { step: 'rooms'; rooms: Room[] }
  | { step: 'open'; room: string }
  | { step: 'read'; room: string }
  | { step: 'older' }
  | {
      step: 'history';
      room: string;
      where: 'newest' | 'older';
      before?: Seq;
      late?: true;
      page: MessagePage;
      around?: MessagePage;
    }
  | { step: 'believe'; rooms: Record<string, Belief>; own: Record<string, string>; whole?: boolean };
type Said =
  | { kind: 'post'; text: string; reply_to: Seq | null }
  | { kind: 'edit'; target: Seq | string; text: string }
  | { kind: 'delete'; target: Seq | string }
  | { kind: 'react' | 'unreact'; target: Seq | string; emoji: string };
type Belief = Record<string, unknown> & { messages?: { seq: Seq }[] };
interface Walk {
  name: string;
  about: string;
  steps: Step[];
}

/** The page. */
const TAB = 'tab';

const files = import.meta.glob('../../../docs/protocol/walks/*.json', { eager: true, import: 'default' });
const walks = Object.values(files) as Walk[];

class Replay {
  model: Model;
  now = 0;
  live = false;
  sent: Frame[] = [];
  /** Pages that were asked for, the oldest first. */
  asked: Effect[] = [];
  /** How the walk calls my requests, and how I do. */
  readonly ids = new Map<string, string>();

  constructor({ user, server }: Ready) {
    this.model = newModel(user, server, 0);
  }

  take(input: Input): void {
    const { model, effects } = reduce(this.model, input);
    this.model = model;
    for (const effect of effects) {
      if (effect.do !== 'resume') this.asked.push(effect);
      else if (this.live)
        this.sent.push({ type: 'resume', id: effect.id, room: effect.room, after: effect.after });
    }
    const entry = this.live && due(this.model.outbox, this.now)[0];
    if (!entry) return;
    this.sent.push(frameOf(entry) as unknown as Frame);
    this.take({ type: 'sending', nonce: entry.nonce });
  }

  /** The oldest of what was asked for, which is answered now. */
  asks<D extends Effect['do']>(what: D, room?: string): Extract<Effect, { do: D }> | undefined {
    const index = this.asked.findIndex((e) => e.do === what && (!('room' in e) || e.room === room));
    return index < 0 ? undefined : (this.asked.splice(index, 1)[0] as Extract<Effect, { do: D }>);
  }

  step(step: Step): void {
    if (step.step !== 'sends') expect(this.sent, 'nothing else was sent').toEqual([]);
    switch (step.step) {
      case 'connect':
        return this.connect(step.hello);
      case 'cut':
        this.live = false;
        this.asked = this.asked.filter((e) => e.do !== 'log');
        return this.take({
          type: 'link',
          link: { state: 'down', unreachable: false, nextTryAt: null },
          now: this.now,
        });
      case 'wait':
        this.now += step.ms;
        return this.take({ type: 'tick', now: this.now });
      case 'frame': {
        const { id } = step.frame as { id?: string };
        const named = id === undefined ? {} : { id: this.ids.get(id) ?? id };
        this.take({ type: 'frame', frame: { ...step.frame, ...named } as ServerFrame, now: this.now });
        if (step.frame.type !== 'ready') return;
        // Connected: this page, the only one, sends what waits.
        this.live = true;
        return this.take({ type: 'sender', tab: TAB, alive: [] });
      }
      case 'sends':
        return this.sends(step.frames);
      case 'say':
        return this.say(step);
      case 'log': {
        const { room, after, page } = step;
        expect(this.asks('log', room)).toMatchObject({ after });
        return this.take({ type: 'log', room, after, page });
      }
      case 'rooms':
        if (this.asks('rooms')) this.take({ type: 'rooms', rooms: step.rooms });
        return;
      case 'open':
        return this.take({ type: 'open', room: step.room, seq: null });
      case 'read':
        return this.take({ type: 'read', room: step.room });
      case 'older':
        return this.take({ type: 'want', where: 'older' });
      case 'history':
        return this.history(step);
      case 'believe':
        return this.believes(step);
    }
  }

  /** A page arrives. Who begins to read at the first unread message asks around it, and is given all there are. */
  history(step: Extract<Step, { step: 'history' }>): void {
    const { room, where, page, before: bound } = step;
    if (bound !== undefined) expect(this.asked).toContainEqual(expect.objectContaining({ where, bound }));
    const around = step.around ?? { ...page, has_more_before: false, has_more_after: false };
    let asked = this.asks('history', room);
    while (asked) {
      const answer = asked.where === 'around' ? around : page;
      this.take({ type: 'page', room, life: asked.life, where: asked.where, page: answer });
      // Who asked twice, because what was held was dropped meanwhile, is answered twice; but a page that was read at the
      // first asking answers that alone.
      asked = step.late ? undefined : this.asks('history', room);
    }
  }

  connect({ epoch, rooms = {} }: { epoch?: string; rooms?: Record<string, Seq> }): void {
    expect(this.model.epoch).toBe(epoch ?? null);
    for (const [room, cursor] of Object.entries(rooms)) {
      expect(this.model.rooms.get(room)?.cursor, `the cursor of ${room}`).toBe(cursor);
    }
    this.take({ type: 'greeted', rooms: Object.keys(rooms) });
    this.take({ type: 'link', link: { state: 'live' }, now: this.now });
  }

  /** These were sent, in any order among rooms, under whatever ids. */
  sends(frames: Frame[]): void {
    const nameless = (frame: Frame) =>
      JSON.stringify({ ...frame, id: '' }, [...new Set([...Object.keys(frame), 'id'])].sort());
    const byName = (a: Frame, b: Frame) => (nameless(a) < nameless(b) ? -1 : 1);
    const sent = this.sent.sort(byName);
    const wanted = [...frames].sort(byName);
    expect(sent.map(nameless)).toEqual(wanted.map(nameless));
    wanted.forEach(({ id }, i) => this.ids.set(String(id), String(sent[i]?.['id'])));
    this.sent = [];
  }

  say(step: Said & { room: string; nonce: string }): void {
    const { room, nonce } = step;
    const { me, epoch } = this.model;
    const command: Command =
      step.kind === 'post' ? { kind: 'post', text: step.text, replyTo: step.reply_to } : commandOf(step);
    const state = { name: 'queued', notBefore: 0 } as const;
    const tab = TAB;
    const entry: Entry = {
      nonce,
      author: me.id,
      epoch,
      tab,
      room,
      command,
      queuedAt: this.now,
      tried: false,
      state,
    };
    this.take({ type: 'queue', entry });
  }

  believes({ rooms, own, whole }: Extract<Step, { step: 'believe' }>): void {
    expect(this.own(), 'what of mine is not in the log').toEqual(own);
    if (whole) expect([...this.model.rooms.keys()].sort()).toEqual(Object.keys(rooms).sort());
    for (const [id, { messages, ...belief }] of Object.entries(rooms)) {
      expect(this.factsOf(id), id).toMatchObject(belief);
      const window = this.model.rooms.get(id)?.window;
      if (whole && this.model.screen.room === id) expect(window, 'the room on screen').toBeTruthy();
      if (!messages || !window) continue;
      const oldest = Math.max(window.rows[0]?.seq ?? 0, messages[0]?.seq ?? 0);
      const held = window.rows.filter((m) => m.seq >= oldest).map((m) => shown(m));
      expect(held, id).toEqual(messages.filter((m) => m.seq >= oldest));
      expect(window.hasNewer, id).toBe(false);
    }
  }

  factsOf(id: string): Record<string, unknown> {
    const room = this.model.rooms.get(id);
    if (!room) return {};
    const { facts, tally, cursor } = room;
    const { name, topic, archived, role, member_count: members } = facts;
    const { read, unread, mentions } = tally;
    return { cursor, read, unread, mentions, role, name, topic, archived, members };
  }

  own(): Record<string, string> {
    const rows = this.model.outbox.map(({ nonce, state }) => {
      if (state.name === 'refused') return [nonce, state.fault.code];
      return [nonce, state.name === 'acked' ? 'sent' : 'pending'];
    });
    return Object.fromEntries(rows) as Record<string, string>;
  }
}

function commandOf(step: Exclude<Said, { kind: 'post' }>): Command {
  if (step.kind === 'edit') return { kind: 'edit', target: step.target, text: step.text };
  if (step.kind === 'delete') return { kind: 'delete', target: step.target };
  return { kind: step.kind, target: step.target, emoji: step.emoji };
}

/** A message as the walks write it down. */
function shown(message: Message): object {
  const base = { seq: message.seq, by: message.by.id };
  if (message.deleted) return { ...base, deleted: true };
  const reactions = message.reactions.map(({ emoji, count, mine }) => [emoji, count, mine]);
  return {
    ...base,
    text: message.text,
    ...(message.edited_at === undefined ? {} : { edited: true }),
    ...(message.reply_to === undefined ? {} : { reply_to: message.reply_to }),
    ...(reactions.length ? { reactions } : {}),
  };
}

describe('the walks that every client replays', () => {
  test('are there', () => expect(walks.length).toBeGreaterThan(10));

  test.each(walks.map((walk) => [walk.name, walk] as const))('%s', (_, { steps }) => {
    const first = steps.flatMap((s) => (s.step === 'frame' && s.frame.type === 'ready' ? [s.frame] : []))[0];
    if (!first) throw new Error('no walk begins without ready');
    const replay = new Replay(first);
    steps.forEach((step, at) => {
      try {
        replay.step(step);
      } catch (error) {
        if (error instanceof Error) error.message = `step ${at + 1} (${step.step}): ${error.message}`;
        throw error;
      }
    });
  });
});
