// The emoji one can pick here, each with the word a screen reader says. All are sequences Unicode recommends.

export interface Emoji {
  sign: string;
  name: string;
}

const signs: readonly (readonly [string, string])[] = [
  ['👍', 'thumbs up'],
  ['❤️', 'heart'],
  ['😂', 'tears of joy'],
  ['🎉', 'party'],
  ['🙏', 'thank you'],
  ['👀', 'eyes'],
  ['✅', 'done'],
  ['🔥', 'fire'],
  ['😊', 'smile'],
  ['😍', 'heart eyes'],
  ['😮', 'surprised'],
  ['😢', 'crying'],
  ['😅', 'phew'],
  ['🤔', 'thinking'],
  ['👏', 'clapping'],
  ['🙌', 'hooray'],
  ['💯', 'hundred'],
  ['🚀', 'rocket'],
  ['👋', 'wave'],
  ['💡', 'idea'],
  ['☕', 'coffee'],
  ['🍰', 'cake'],
  ['👎', 'thumbs down'],
  ['❌', 'no'],
];

export const emoji: readonly Emoji[] = signs.map(([sign, name]) => ({ sign, name }));

/** One click away in a message's toolbar. */
export const quickEmoji: readonly Emoji[] = emoji.slice(0, 1).concat(emoji.slice(3, 4), emoji.slice(1, 2));

/** At most three signs and nothing else: shown large. */
export function isEmojiOnly(text: string): boolean {
  return (
    text.length <= 24 &&
    /^(?:(?:\p{Regional_Indicator}{2}|\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\ufe0f|\u200d\p{Extended_Pictographic})*)\s*){1,3}$/u.test(
      text,
    )
  );
}
