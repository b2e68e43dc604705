// What is being named where one writes: `@person`, `#room`, `:emoji`, and how a choice takes its place. Pure.

export type Sign = '@' | '#' | ':';
export interface Asked {
  sign: Sign;
  /** What was typed after the sign. */
  query: string;
  /** Where the sign stands. */
  from: number;
}

/** Longer than a username may be; a room's name may have spaces, but what is asked has none. */
const LONGEST = 33;
const WORD_BEFORE = /[\p{L}\p{N}._-]$/u;
const FITS: Record<Sign, RegExp> = {
  '@': /^[\p{L}\p{N}._-]*$/u,
  '#': /^[^\s#@:]*$/u,
  // A smile or a time is no emoji that is asked for: it begins with a letter, and two of them.
  ':': /^\p{L}[\p{L}\p{N}_+-]+$/u,
};

/** What stands before the caret, if it asks for something. */
export function askedAt(text: string, caret: number): Asked | null {
  for (let at = caret - 1; at >= 0 && caret - at <= LONGEST; at--) {
    const sign = text[at];
    if (sign === undefined || /\s/.test(sign)) return null;
    if (sign !== '@' && sign !== '#' && sign !== ':') continue;
    if (WORD_BEFORE.test(text.slice(Math.max(0, at - 2), at))) return null;
    const query = text.slice(at + 1, caret);
    return FITS[sign].test(query) ? { sign, query, from: at } : null;
  }
  return null;
}

/** The text with the choice in the place of what asked for it, and where the caret goes. One space follows. */
export function completed(text: string, asked: Asked, caret: number, choice: string) {
  const rest = text.slice(caret);
  const space = /^\s/.test(rest) ? '' : ' ';
  const before = text.slice(0, asked.from) + choice;
  return { text: before + space + rest, caret: before.length + 1 };
}
