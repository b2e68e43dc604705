// The words of the screen in the language of its reader. `words` stays one object for the life of the page: what is read
// from it is of the language spoken now, and is followed where a template or `$derived` reads it. So a component may
// keep `const w = words.room`, and still speaks German a moment after German was chosen.
//
// Every text that a sentence is given (a name, mostly) is isolated in it, so that no name turns a sentence around.
import { isolate } from './bidi';
import { en, type Words } from './words/en';
import { currentWords } from './words/language.svelte';

export { choices, language, languageNames, type Choice } from './words/language.svelte';

type Part = Record<string, unknown>;
type Sentence = (...args: unknown[]) => unknown;

const guest = (arg: unknown): unknown =>
  typeof arg === 'string' ? isolate(arg) : Array.isArray(arg) ? arg.map(guest) : arg;

/** A mirror of one part of the words: same keys as in English, read from whatever `current` is then. */
function mirror(shape: Part, current: () => Part): Part {
  const parts = new Map<string, Part>();
  return new Proxy(shape, {
    get(target, key: string) {
      const inner = target[key];
      if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) {
        const known = parts.get(key) ?? mirror(inner as Part, () => current()[key] as Part);
        parts.set(key, known);
        return known;
      }
      const word = current()[key];
      if (typeof word !== 'function') return word;
      return (...args: unknown[]) => (word as Sentence)(...args.map(guest));
    },
  });
}

export const words = mirror(en, currentWords) as Words;

/** A fault in words: ours by its code, else the sentence the server sent. */
export function faultWords(fault: { code: string; message: string }): string {
  const ours: Record<string, string> = words.faults;
  return (
    (Object.hasOwn(ours, fault.code) ? ours[fault.code] : undefined) ?? (fault.message || ours.internal || '')
  );
}
