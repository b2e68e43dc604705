// Who calls for me in a room: the newest post by somebody else that names me, or any in a direct room. It is what a
// notification can be made of; whether one is made is not decided here.
import type { Event } from '../protocol.gen';
import type { Call } from './contract';
import { milliseconds } from './model';

/** `live` is false for what is caught up on after the connection was away. */
export interface Listener {
  me: string;
  direct: boolean;
  live: boolean;
}

export function callAfter(call: Call | null, event: Event, { me, direct, live }: Listener): Call | null {
  if (event.kind === 'message_deleted') return call?.seq === event.target ? null : call;
  if (event.kind === 'message_edited' && call?.seq === event.target && event.text !== undefined) {
    return { ...call, text: event.text };
  }
  if (event.kind !== 'message_posted' || event.by.id === me || event.text === undefined) return call;
  if (!direct && !event.mentions?.includes(me)) return call;
  return { seq: event.seq, by: event.by, text: event.text, at: milliseconds(event.at), live };
}
