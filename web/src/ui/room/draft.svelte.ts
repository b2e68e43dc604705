// What is being written, per room: text, what it answers, what it edits. The text outlives the page, the rest does not.
import { SvelteMap } from 'svelte/reactivity';
import type { Drafts, Row } from '../../state/contract';

export class Draft {
  #text = $state('');
  /** The message it answers. */
  reply = $state.raw<Row | null>(null);
  /** The message it changes; what was being written before waits in `aside`. */
  editing = $state.raw<Row | null>(null);
  #aside = '';

  constructor(private readonly room: string) {}

  get text(): string {
    return this.#text;
  }

  set text(text: string) {
    this.#text = text;
    // What is being edited is no draft; what it was set aside for is.
    if (!this.editing) kept?.save(this.room, text);
  }

  /** What was kept from before the page was loaded, unless something has been written since. */
  restore(text: string): void {
    if (this.editing) this.#aside ||= text;
    else this.#text ||= text;
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
    }
    return taken;
  }
}

const drafts = new SvelteMap<string, Draft>();
/** Where they are kept while somebody is signed in. */
let kept: Drafts | null = null;

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

/** From sign-in on: brings back what was half written, and keeps what will be. Call what it returns at the end, when the
 * next person must not find it. */
export function keepDrafts(where: Drafts): () => void {
  kept = where;
  void where.all().then((all) => {
    if (kept !== where) return;
    for (const [room, text] of all) draftOf(room).restore(text);
  });
  return () => {
    kept = null;
    clearDrafts();
  };
}

/** At sign-out: the next person must not find them. */
export function clearDrafts(): void {
  drafts.clear();
}
