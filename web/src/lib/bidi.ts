// Text of two directions in one line. A name that reads from right to left, or that carries direction controls, must not
// turn around the sentence it stands in.

/** Right-to-left letters, marks and controls: Hebrew to Arabic Extended, their presentation forms, old and new scripts. */
const TURNS =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
/** What opens or closes an embedding, an override or an isolate. */
const CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;
const FIRST_STRONG_ISOLATE = '\u2068';
const POP_ISOLATE = '\u2069';

/** The text as a guest in a sentence (UAX #9): isolated where it needs to be, otherwise as it is. Twice is once. */
export function isolate(text: string): string {
  if (!TURNS.test(text)) return text;
  return FIRST_STRONG_ISOLATE + text.replace(CONTROLS, '') + POP_ISOLATE;
}
