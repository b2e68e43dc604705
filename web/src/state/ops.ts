// What happens to the outbox, as values: each is applied at once to what this page believes, and then, in the same order,
// in one transaction to what is stored. Several pages share what is stored; as an op is judged again by what stands there,
// two pages cannot undo each other's work: an edit finds that its message is under way by now, and follows it instead.
import type { Refuse, Seq } from '../protocol.gen';
import type { Model } from './model';
import * as outboxes from './outbox';
import type { Entry, Outbox } from './outbox';

export type Op =
  | { do: 'enqueue'; entry: Entry }
  | { do: 'sending'; nonce: string }
  | { do: 'adopt'; by: string; alive: readonly string[] }
  | { do: 'acked'; nonce: string; seq: Seq }
  | { do: 'seen'; nonce: string; seq: Seq }
  | { do: 'settled'; room: string; cursor: Seq }
  | { do: 'refused'; refusal: Refuse; now: number }
  /** `rewritten`: with other content, which then needs a nonce of its own. */
  | { do: 'again'; nonce: string; now: number; rewritten?: { text: string; nonce: string } }
  | { do: 'discard'; nonce: string }
  | { do: 'carry-over'; epoch: string }
  | { do: 'shut-out'; room: string };

/** A message that left the outbox because the log has it, and where. */
export type Gone = readonly [nonce: string, seq: Seq];

export function applyOp(outbox: Outbox, op: Op): Outbox {
  switch (op.do) {
    case 'enqueue':
      return outboxes.enqueue(outbox, op.entry);
    case 'sending':
      return outboxes.sending(outbox, op.nonce);
    case 'adopt':
      return outboxes.adopted(outbox, op.by, op.alive);
    case 'acked':
      return outboxes.acked(outbox, op.nonce, op.seq);
    case 'seen':
      return outboxes.seen(outbox, op.nonce, op.seq);
    case 'settled':
      return outboxes.settled(outbox, op.room, op.cursor);
    case 'refused':
      return outboxes.refused(outbox, op.refusal, op.now);
    case 'again':
      return outboxes.again(outbox, op);
    case 'discard':
      return outboxes.discarded(outbox, op.nonce);
    case 'carry-over':
      return outboxes.carryOver(outbox, op.epoch);
    case 'shut-out':
      return outboxes.shutOut(outbox, op.room);
  }
}

/** All of them in order, and which messages left because the log has them. */
export function applyOps(outbox: Outbox, ops: readonly Op[]): { outbox: Outbox; gone: readonly Gone[] } {
  const gone: Gone[] = [];
  let now = outbox;
  for (const op of ops) {
    const next = applyOp(now, op);
    if (op.do === 'seen' || op.do === 'settled') {
      for (const entry of now) {
        if (next.some((e) => e.nonce === entry.nonce)) continue;
        const seq = op.do === 'seen' ? op.seq : entry.state.name === 'acked' ? entry.state.seq : 0;
        gone.push([entry.nonce, seq]);
      }
    }
    now = next;
  }
  return { outbox: now, gone };
}

/** The model with this op done, and remembered for what is stored. `always`: it may mean more there than here. */
export function noted(model: Model, op: Op, always = false): Model {
  const outbox = applyOp(model.outbox, op);
  if (outbox === model.outbox && !always) return model;
  return { ...model, outbox, unstored: [...model.unstored, op] };
}

/** What is stored, after the first `through` ops of this page: the ops since are done on top of it. What is acked, and
 * gone there because another page has seen it, stays here until this page has seen it as well. */
export function restored(
  model: Model,
  { entries, gone, through }: { entries: Outbox; gone: readonly Gone[]; through: number },
): Model {
  const unstored = model.unstored.slice(through - model.stored);
  const there = new Set(entries.map((e) => e.nonce));
  const before = new Map(model.outbox.map((e) => [e.nonce, e]));
  const seqs = new Map(gone);
  const unseen = model.outbox.flatMap((entry): Entry[] => {
    if (there.has(entry.nonce)) return [];
    const seq = seqs.get(entry.nonce) ?? (entry.state.name === 'acked' ? entry.state.seq : 0);
    const cursor = model.rooms.get(entry.room)?.cursor ?? Infinity;
    if (seq <= cursor) return [];
    return [entry.state.name === 'acked' ? entry : { ...entry, state: { name: 'acked', seq } }];
  });
  const kept = [...unseen, ...entries.map((e) => sameAs(before.get(e.nonce), e))];
  const outbox = unstored.reduce(applyOp, kept);
  return { ...model, outbox, unstored, stored: through };
}

/** The same object where it says the same, so that its row need not be made anew. */
function sameAs(before: Entry | undefined, now: Entry): Entry {
  return before && JSON.stringify(before) === JSON.stringify(now) ? before : now;
}
