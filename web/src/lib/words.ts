// The words of the screen in the language of its reader.
import { en, type Words } from './words/en';

const languages: Record<string, Words> = { en };

/** The first of the wanted languages (BCP 47) that we have, else English. */
export function pickLanguage(wanted: readonly string[]): string {
  const primary = wanted.map((tag) => tag.toLowerCase().split('-')[0] ?? '');
  return primary.find((tag) => Object.hasOwn(languages, tag)) ?? 'en';
}

/** For `Intl` and `<html lang>`. */
export const language = pickLanguage(typeof navigator === 'undefined' ? [] : navigator.languages);
export const words: Words = languages[language] ?? en;

/** A fault in words: ours by its code, else the sentence the server sent. */
export function faultWords(fault: { code: string; message: string }): string {
  const ours = Object.hasOwn(words.faults, fault.code) ? words.faults[fault.code] : undefined;
  return ours ?? (fault.message || (words.faults.unknown ?? ''));
}
