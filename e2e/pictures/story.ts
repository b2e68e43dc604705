// What the pictures show: a made-up morning at a made-up company. Rooms and people, and
// what they say in `general`, at the times they say it.

export const PLACE = 'Analytical Co.';
export const TOPIC = 'Company-wide announcements and the occasional cake';

/** The moment of the pictures, in the browser's time zone. */
export const NOW = '2026-06-16T09:41:00+02:00';
const YESTERDAY = '2026-06-15';
const TODAY = '2026-06-16';

export const PEOPLE = {
  ada: 'Ada Lovelace',
  grace: 'Grace Hopper',
  linus: 'Linus Okafor',
  margaret: 'Margaret Chen',
  dennis: 'Dennis Ibarra',
  hedy: 'Hedy Novak',
} as const;
export type Person = keyof typeof PEOPLE;

/** Whose window it is. */
export const ME: Person = 'ada';
/** Who writes the next message. */
export const WRITER: Person = 'linus';

export interface Line {
  by: Person;
  at: string;
  text: string;
  /** The index of the line that this one answers. */
  answers?: number;
  reactions?: Record<string, readonly Person[]>;
}

const yesterday = (time: string) => `${YESTERDAY}T${time}:00+02:00`;
const today = (time: string) => `${TODAY}T${time}:00+02:00`;

export const GENERAL: readonly Line[] = [
  { by: 'dennis', at: yesterday('17:02'), text: 'The old relay goes dark tonight at eleven.' },
  {
    by: 'hedy',
    at: yesterday('17:40'),
    text: 'Keys for the new rack are at the front desk. Sign for them, please, the last pair went to sea.',
  },
  {
    by: 'grace',
    at: today('09:12'),
    text: 'Morning! The new relay is in. Median hop is down to 0.8 ms from 3.1, and the graph is on https://status.example.com/relay',
    reactions: { '🎉': ['ada', 'linus', 'margaret', 'hedy'], '🔥': ['linus', 'dennis'] },
  },
  {
    by: 'grace',
    at: today('09:13'),
    text: 'I left the old one running in case anybody needs to compare.',
  },
  {
    by: 'linus',
    at: today('09:15'),
    text: 'Nice. Does the fallback still trip if the broker goes away mid-batch?',
  },
  {
    by: 'grace',
    at: today('09:18'),
    text: 'It does: retry with jitter, capped at ten seconds. I pulled the plug twice to be sure.',
    answers: 4,
    reactions: { '👍': ['linus', 'ada'] },
  },
  {
    by: 'hedy',
    at: today('09:26'),
    text: 'There is cake in the kitchen. Carrot, and it will not survive the stand-up.',
    reactions: { '🍰': ['grace', 'dennis', 'margaret'] },
  },
  {
    by: 'margaret',
    at: today('09:33'),
    text: '@ada can you cut 2.4.0 after lunch? Steps are unchanged, and everything since Friday is in.',
  },
];

/** Where `ada` has read up to: the line before the "New" mark. */
export const READ_UP_TO = 5;

/** What waits for `ada` elsewhere. */
export const ELSEWHERE: readonly { room: string; by: Person; texts: readonly string[] }[] = [
  { room: 'design', by: 'hedy', texts: ['New icons are up for a look.'] },
  { room: 'engineering', by: 'dennis', texts: ['@ada the build is green again', '@ada merging'] },
];
export const ROOMS = ['design', 'engineering', 'releases', 'random'] as const;
export const DIRECT: readonly { with: Person; texts: readonly string[] }[] = [
  { with: 'grace', texts: ['Lunch at one?'] },
  { with: 'linus', texts: [] },
  { with: 'margaret', texts: [] },
];

/** Texts that try the room. */
export const LONG: readonly { by: Person; text: string }[] = [
  {
    by: 'hedy',
    text: 'مرحبا! الرسم الجديد جاهز، والملف في المجلد المعتاد: icons-2026.svg',
  },
  { by: 'linus', text: 'z̷̨͙͚a̸̛̼l̵̡̻g̶̺̈ȏ̴͖ says hello, and keeps to its line' },
  { by: 'dennis', text: `https://status.example.com/${'relay-'.repeat(30)}log?from=2026-06-16` },
  { by: 'grace', text: Array.from({ length: 60 }, (_, n) => `step ${n + 1}: mind the gap`).join('\n') },
  { by: 'margaret', text: 'あたらしいアイコンは素敵です。ありがとう! 👩🏽‍🚀 <b>not bold</b>' },
];
