// What the page and the Worker that owns the socket say to each other.
import type { ClientFrame, ServerFrame } from '../protocol.gen';

export type ToWorker =
  | { type: 'start'; socketUrl: string }
  /** `connection` is the number that `opened` gave: what was meant for a lost connection is not sent on the next. */
  | { type: 'send'; connection: number; frame: ClientFrame }
  /** Something happened that makes a doubt reasonable: look at once. */
  | { type: 'hint'; hint: Hint }
  | { type: 'stop' };

export type Hint = 'visible' | 'online' | 'offline' | 'try-now';

export type FromWorker =
  /** The socket is open and waits for `hello`. */
  | { type: 'opened'; connection: number }
  | { type: 'frame'; connection: number; frame: ServerFrame }
  | { type: 'link'; link: Link }
  /** The median of the last minute's pings, and each of them, oldest first. */
  | { type: 'rtt'; ms: number; times: readonly number[] }
  /** Over: no further try. */
  | { type: 'ended'; reason: Ended; code: number };

export type Link =
  /** `ready` has come. */
  | { state: 'live' }
  /** `unreachable`: the last try found no network or no server. `nextTryAt` (ms since 1970) is null while trying. */
  | { state: 'down'; unreachable: boolean; nextTryAt: number | null };

export type Ended =
  'signed_out' | 'session_ended' | 'disabled' | 'unclaimed' | 'protocol' | 'refused' | 'foreign_host';
