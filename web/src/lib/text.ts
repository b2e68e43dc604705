// A message's text as nodes: text, links, mentions, line breaks. There is no HTML anywhere on the way: the screen makes
// elements of these nodes. Concatenating what the nodes show gives back the text, character for character.
//
// Only http, https and mailto become links, and only where they are written out. What is shown is what was written; where
// that could mislead (a host in another script), `host` names the true one. An address with a user part
// (`https://bank.example@evil.example`) is not made a link at all.

export type TextNode =
  | { type: 'text'; text: string }
  | { type: 'break' }
  | { type: 'mention'; text: string; username: string }
  | { type: 'link'; text: string; href: string; host: string | null };

/** What is longer stays text: 16 KiB of almost-links must not cost a scan of the rest for each. */
const LINK_LENGTH = 2048;
const CANDIDATE =
  /\n|@|(?:https?:\/\/|mailto:)[^\s<>"`\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]{1,2049}/giu;
const NAME = /[a-z0-9._-]+/iy;
const WORD_BEFORE = /[\p{L}\p{N}._-]$/u;
const LETTER_BEFORE = /[\p{L}\p{N}]$/u;

/** `isMember` says which names (in lower case) are mentions; by default every well-formed one is. */
export function parseText(text: string, isMember: (username: string) => boolean = () => true): TextNode[] {
  const nodes: TextNode[] = [];
  let done = 0;
  const take = (from: number, node: TextNode, length: number) => {
    if (from > done) nodes.push({ type: 'text', text: text.slice(done, from) });
    nodes.push(node);
    done = from + length;
  };
  CANDIDATE.lastIndex = 0;
  for (let match; (match = CANDIDATE.exec(text)) !== null;) {
    const [found] = match;
    const at = match.index;
    if (found === '\n') {
      take(at, { type: 'break' }, 1);
      continue;
    }
    const node = found === '@' ? mentionAt(text, at, isMember) : linkAt(text, at, found);
    if (node) {
      take(at, node, node.text.length);
      CANDIDATE.lastIndex = done;
    } else if (found !== '@') {
      CANDIDATE.lastIndex = at + found.indexOf(':') + 1; // a mention may hide in what was no link
    }
  }
  if (done < text.length) nodes.push({ type: 'text', text: text.slice(done) });
  return nodes;
}

/** The rule of the wire: `@` not after a letter, digit or `._-`, then the longest run of username characters less
 * trailing `._-`. */
function mentionAt(text: string, at: number, isMember: (username: string) => boolean) {
  if (WORD_BEFORE.test(before(text, at))) return null;
  NAME.lastIndex = at + 1;
  const name = NAME.exec(text)?.[0].replace(/[._-]+$/, '') ?? '';
  const username = name.toLowerCase();
  if (!name || !isMember(username)) return null;
  return { type: 'mention', text: `@${name}`, username } as const;
}

function linkAt(text: string, at: number, found: string) {
  if (found.length > LINK_LENGTH || LETTER_BEFORE.test(before(text, at))) return null;
  const written = trimEnd(found);
  let url: URL;
  try {
    url = new URL(written);
  } catch {
    return null;
  }
  if (url.username || url.password) return null;
  if (url.protocol === 'mailto:') {
    if (!/^[^@?]+@[^@?]+/.test(url.pathname)) return null;
    return { type: 'link', text: written, href: url.href, host: null } as const;
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
  const plain = written.toLowerCase().includes(`://${url.host}`);
  return { type: 'link', text: written, href: url.href, host: plain ? null : url.host } as const;
}

export type ShownNode = Exclude<TextNode, { type: 'break' }>;

/** The nodes as they are shown where the style keeps line breaks: text and breaks in a row are one text. */
export function joinLines(nodes: readonly TextNode[]): ShownNode[] {
  const joined: ShownNode[] = [];
  for (const node of nodes) {
    if (node.type === 'link' || node.type === 'mention') {
      joined.push(node);
      continue;
    }
    const text = node.type === 'break' ? '\n' : node.text;
    const last = joined.at(-1);
    if (last?.type === 'text') joined[joined.length - 1] = { type: 'text', text: last.text + text };
    else joined.push({ type: 'text', text });
  }
  return joined;
}

/** The whole character before a position, both halves of a pair. */
function before(text: string, at: number): string {
  return text.slice(Math.max(0, at - 2), at);
}

const OPENER: Record<string, string> = { ')': '(', ']': '[', '}': '{' };

/** Punctuation at the end belongs to the sentence, and so does a bracket that was opened before the link. */
function trimEnd(link: string): string {
  const count = new Map<string, number>();
  for (const c of link) if ('()[]{}'.includes(c)) count.set(c, (count.get(c) ?? 0) + 1);
  let end = link.length;
  for (; end > 0; end--) {
    const c = link[end - 1] ?? '';
    const opener = OPENER[c];
    if (opener) {
      const closed = count.get(c) ?? 0;
      if (closed <= (count.get(opener) ?? 0)) break;
      count.set(c, closed - 1);
    } else if (!".,;:!?'*_~’”»…".includes(c)) {
      break;
    }
  }
  return link.slice(0, end);
}
