// What is being written, per room: text, what it answers, what it edits. The text alone is kept beyond the life of the
// page, where `keepDrafts` has been told how.
import { SvelteMap } from 'svelte/reactivity';
import type { Row } from '../../state/contract';

/** Where drafts outlive the page. Neither call may throw. */
export interface DraftStore {
  /** What was left half written in a room; '' where nothing was. */
  load(room: string): Promise<string>;
  /** '' forgets it. */
  save(room: string, text: string): void;
  /** The rooms with something half written. */
  rooms(): Promise<readonly string[]>;
}

/** A pause in typing so long writes the draft down. */
const PAUSE_MS = 400;

let store: DraftStore | null = null;

export class Draft {
  #text = $state('');
  /** The message it answers. */
  reply = $state.raw<Row | null>(null);
  /** The message it changes; what was being written before waits in `aside`. */
  editing = $state.raw<Row | null>(null);
  #aside = '';
  #room: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #touched = false;

  constructor(room: string) {
    this.#room = room;
    void store?.load(room).then((text) => {
      if (!this.#touched) this.#text = text;
    });
  }

  get text(): string {
    return this.#text;
  }

  set text(text: string) {
    this.#touched = true;
    this.#text = text;
    if (this.editing || !store) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.keep(), PAUSE_MS);
  }

  /** Writes down at once what is there: the page may go away. */
  keep(): void {
    clearTimeout(this.#timer);
    if (this.#touched) store?.save(this.#room, this.editing ? this.#aside : this.#text);
  }

  edit(row: Row): void {
    if (!this.editing) this.#aside = this.text;
    this.reply = null;
    this.editing = row;
    this.text = row.text ?? '';
  }

  /** Ends editing, or else the reply; what was set aside comes back. True if there was something to end. */
  cancel(): boolean {
    if (this.editing) {
      this.editing = null;
      this.text = this.#aside;
      this.#aside = '';
      return true;
    }
    if (!this.reply) return false;
    this.reply = null;
    return true;
  }

  /** Takes what was written out of the composer. */
  take(): { text: string; reply: Row | null; editing: Row | null } {
    const taken = { text: this.text, reply: this.reply, editing: this.editing };
    if (this.editing) this.cancel();
    else {
      this.text = '';
      this.reply = null;
      this.keep();
    }
    return taken;
  }
}

const drafts = new SvelteMap<string, Draft>();

/** Call once, when somebody is signed in: what they left half written is there again. */
export function keepDrafts(kept: DraftStore): void {
  store = kept;
  void kept.rooms().then((rooms) => rooms.forEach(draftOf));
  addEventListener('pagehide', () => {
    for (const draft of drafts.values()) draft.keep();
  });
}

export function draftOf(room: string): Draft {
  let draft = drafts.get(room);
  if (!draft) drafts.set(room, (draft = new Draft(room)));
  return draft;
}

/** Is something half written there? */
export function hasDraft(room: string): boolean {
  const draft = drafts.get(room);
  return draft !== undefined && draft.text.trim() !== '' && !draft.editing;
}

/** At sign-out: the next person must not find them. Where they are kept is wiped by whoever keeps them. */
export function clearDrafts(): void {
  drafts.clear();
}
