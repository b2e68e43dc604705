// Carries out what `decide` says, with the browser's notifications. Of several tabs one does it, and none while any of
// them is being looked at: the tabs agree by Web Locks, which end with their tab, however it ends.
import { words } from '../../lib/words';
import { paths, router } from '../../lib/router.svelte';
import type { RoomItem } from '../../state/contract';
import { decide, type Step, type Told } from './decide';
import { notifications } from './notifications.svelte';

/** Held by the tab that notifies. */
const SPEAKER = 'parlor.notifies';
/** Shared by the tabs that are being looked at. */
const SEEN = 'parlor.seen';
/** A notification shows a line or two; the rest stays in the room. */
const BODY_LENGTH = 160;

export class Notifier {
  #told: Told = new Map();
  #raised = new Map<string, Notification | null>();
  #speaks = false;
  #release: (() => void)[] = [];
  #unsee: (() => void) | null = null;

  /** From now on until the answer is called. */
  start(): () => void {
    this.#hold(SPEAKER, 'exclusive', (release) => {
      this.#speaks = true;
      this.#release.push(release);
    });
    const look = () => this.#look();
    const opened = ({ data }: MessageEvent<{ type?: unknown; path?: unknown }>) => {
      if (data?.type === 'open' && typeof data.path === 'string') router.go(data.path);
    };
    document.addEventListener('visibilitychange', look);
    navigator.serviceWorker?.addEventListener('message', opened);
    look();
    return () => {
      document.removeEventListener('visibilitychange', look);
      navigator.serviceWorker?.removeEventListener('message', opened);
      for (const room of this.#raised.keys()) void this.#clear(room);
      for (const release of this.#release) release();
      this.#unsee?.();
    };
  }

  /** Call with every change of the rooms. */
  follow(rooms: readonly RoomItem[]): void {
    const away = document.visibilityState === 'hidden' && notifications.state === 'on' && this.#speaks;
    const { told, steps } = decide(rooms, this.#told, new Set(this.#raised.keys()), away);
    this.#told = told;
    for (const step of steps) void (step.do === 'raise' ? this.#raise(step) : this.#clear(step.room));
  }

  async #raise({ room, call, again }: Extract<Step, { do: 'raise' }>): Promise<void> {
    if (await this.#seenElsewhere()) return;
    const title = room.kind === 'direct' ? call.by.name : words.notify.title(call.by.name, room.name);
    const path = paths.room(room.id);
    const options = {
      body: call.text.length > BODY_LENGTH ? `${call.text.slice(0, BODY_LENGTH)}…` : call.text,
      tag: tagOf(room.id),
      icon: '/icon-192.png',
      renotify: again && this.#raised.has(room.id),
      data: { path },
    };
    this.#raised.set(room.id, null);
    try {
      const shown = new Notification(title, options);
      shown.onclick = () => {
        window.focus();
        shown.close();
        router.go(path);
      };
      this.#raised.set(room.id, shown);
    } catch {
      // Android gives notifications to service workers only; a click is the worker's then.
      await (await navigator.serviceWorker?.ready)?.showNotification(title, options);
    }
  }

  async #clear(room: string): Promise<void> {
    this.#raised.get(room)?.close();
    this.#raised.delete(room);
    const worker = await navigator.serviceWorker?.getRegistration();
    for (const shown of (await worker?.getNotifications({ tag: tagOf(room) })) ?? []) shown.close();
  }

  #look(): void {
    if (document.visibilityState === 'visible') {
      this.#hold(SEEN, 'shared', (release) => {
        this.#unsee?.();
        this.#unsee = release;
        if (document.visibilityState !== 'visible') this.#look();
      });
    } else {
      this.#unsee?.();
      this.#unsee = null;
    }
  }

  async #seenElsewhere(): Promise<boolean> {
    const held = (await navigator.locks.query()).held ?? [];
    return held.some((lock) => lock.name === SEEN);
  }

  /** Without locks there are no notifications either: both need a secure context. */
  #hold(name: string, mode: LockMode, got: (release: () => void) => void): void {
    void navigator.locks?.request(name, { mode }, () => new Promise<void>((release) => got(release)));
  }
}

const tagOf = (room: string) => `room ${room}`;
