// What is being written, per room, for as long as the page lives: text, what it answers, what it edits.
import { SvelteMap } from 'svelte/reactivity';
import type { Row } from '../../state/contract';

export class Draft {
  text = $state('');
  /** The message it answers. */
  reply = $state.raw<Row | null>(null);
  /** The message it changes; what was being written before waits in `aside`. */
  editing = $state.raw<Row | null>(null);
  #aside = '';

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

export function draftOf(room: string): Draft {
  let draft = drafts.get(room);
  if (!draft) drafts.set(room, (draft = new Draft()));
  return draft;
}

/** Is something half written there? */
export function hasDraft(room: string): boolean {
  const draft = drafts.get(room);
  return draft !== undefined && draft.text.trim() !== '' && !draft.editing;
}

/** At sign-out: the next person must not find them. */
export function clearDrafts(): void {
  drafts.clear();
}
