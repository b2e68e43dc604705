// Finding what somebody means by a few letters. Pure.

/** A letter with its accents is found by the bare one. */
const plain = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

const BOUNDARY = /[\s\p{P}_#@]/u;

/** How well a query fits a text: higher is better, null is not at all. The whole beats a beginning, a beginning beats the
 * beginning of a later word, that beats the middle of one; letters that are merely in order come last. */
export function score(query: string, text: string): number | null {
  const q = plain(query.trim());
  const t = plain(text);
  if (q === '') return 0;
  if (t === q) return 100;
  if (t.startsWith(q)) return 90 - Math.min(9, t.length - q.length);
  for (let at = t.indexOf(q); at > 0; at = t.indexOf(q, at + 1)) {
    if (BOUNDARY.test(t[at - 1] ?? '')) return 70;
  }
  if (t.includes(q)) return 50;
  return inOrder(q, t);
}

/** Letters in order, each at the beginning of a word or beside the one before where that can be had. */
function inOrder(q: string, t: string): number | null {
  let at = -1;
  let gaps = 0;
  for (const letter of q) {
    if (letter === ' ') continue;
    const next = t.indexOf(letter, at + 1);
    if (next < 0) return null;
    if (next !== at + 1 && !BOUNDARY.test(t[next - 1] ?? ' ')) gaps++;
    at = next;
  }
  return gaps > 3 ? null : 30 - gaps * 5;
}

/** The items that fit, best first; those that fit as well stay in their order. */
export function ranked<T>(
  query: string,
  items: readonly T[],
  namesOf: (item: T) => readonly string[],
  most = Infinity,
): T[] {
  const fits = items.flatMap((item) => {
    const scores = namesOf(item).flatMap((name) => score(query, name) ?? []);
    return scores.length ? [{ item, best: Math.max(...scores) }] : [];
  });
  return fits
    .sort((a, b) => b.best - a.best)
    .slice(0, most)
    .map(({ item }) => item);
}
