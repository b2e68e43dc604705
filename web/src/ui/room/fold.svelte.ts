// Where a long text is folded: ten thousand line breaks must not push the conversation out of sight. Pure, but for which
// texts were unfolded, which is kept for as long as the page lives: a row that is scrolled out of sight comes back as it was.
import { SvelteSet } from 'svelte/reactivity';

/** A text with more lines than this is folded to them, one with more characters to those. */
export const LINES = 30;
export const CHARACTERS = 4000;
/** A little more than that is not worth a button. */
const SLACK_LINES = 4;
const SLACK_CHARACTERS = 800;
/** As long as a link may be: a cut never falls into one, which would then lead elsewhere. */
const WORD = 2100;

/** How much of a text is shown at first; null: all of it. */
export function foldAt(text: string): number | null {
  const end = endOfLine(text, LINES);
  const manyLines = end !== null && endOfLine(text, LINES + SLACK_LINES) !== null;
  const long = text.length > CHARACTERS + SLACK_CHARACTERS;
  if (!manyLines && !long) return null;
  return Math.min(manyLines ? end : text.length, long ? betweenWords(text, CHARACTERS) : text.length);
}

/** Where the nth line ends; null where the text has no more lines than that. */
function endOfLine(text: string, n: number): number | null {
  let at = -1;
  for (let line = 0; line < n; line++) {
    at = text.indexOf('\n', at + 1);
    if (at < 0) return null;
  }
  return at;
}

function betweenWords(text: string, at: number): number {
  const before = text.slice(Math.max(0, at - WORD), at).search(/\s\S*$/u);
  if (before >= 0) return Math.max(0, at - WORD) + before;
  return isLowSurrogate(text.charCodeAt(at)) ? at - 1 : at;
}

const isLowSurrogate = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff;

const unfolded = new SvelteSet<string>();

export const isUnfolded = (text: string): boolean => unfolded.has(text);

export function toggleFold(text: string): void {
  if (!unfolded.delete(text)) unfolded.add(text);
}
