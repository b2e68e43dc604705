// The words of the screen in the language of its reader.
import { en, type Words } from './words/en';

const languages: Record<string, Words> = { en };

/** The first of the wanted languages (BCP 47) that we have, else English. */
export function pickWords(wanted: readonly string[]): Words {
  for (const tag of wanted) {
    const found = languages[tag.toLowerCase().split('-')[0] ?? ''];
    if (found) return found;
  }
  return en;
}

export const words: Words = pickWords(typeof navigator === 'undefined' ? [] : navigator.languages);

/** A fault in words: ours by its code, else the sentence the server sent. */
export function faultWords(fault: { code: string; message: string }): string {
  const ours = Object.hasOwn(words.faults, fault.code) ? words.faults[fault.code] : undefined;
  return ours ?? (fault.message || (words.faults.unknown ?? ''));
}
