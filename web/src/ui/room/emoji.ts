// The emoji one can pick here, in their order; their words are in `words.emoji.names`. All are sequences Unicode recommends.
import { words } from '../../lib/words';

export type Sign = keyof typeof words.emoji.names;
/** The words list them in the order of the grid. */
export const emoji = Object.keys(words.emoji.names) as readonly Sign[];

/** One click away in a message's toolbar. */
export const quickEmoji: readonly Sign[] = ['👍', '🎉', '❤️'];

/** At most three signs and nothing else: shown large. */
export function isEmojiOnly(text: string): boolean {
  return (
    text.length <= 24 &&
    /^(?:(?:\p{Regional_Indicator}{2}|\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\ufe0f|\u200d\p{Extended_Pictographic})*)\s*){1,3}$/u.test(
      text,
    )
  );
}
