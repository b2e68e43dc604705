// How long a message is where it counts: in bytes of UTF-8.

export const TEXT_BYTES = 16 * 1024;
/** From here on the composer says how much is left. */
export const NEAR_BYTES = 15 * 1024;

const encoder = new TextEncoder();

/** Bytes of UTF-8. A text that cannot be near the limit is not measured (a UTF-16 unit is at most 3 bytes). */
export function bytesOf(text: string): number {
  return text.length * 3 < NEAR_BYTES ? text.length : encoder.encode(text).length;
}

/** Without the control characters a server would refuse; line ends as newlines. */
export function clean(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\t\n]/gu, '');
}
