// How a person looks where there is no picture: a hue from the id, an initial from the name.

const STEPS = 24; // hues far enough apart to be told from each other
const GOLDEN = 0x9e3779b1;

/** A hue in degrees, the same for an id on every screen. */
export function hueOf(id: string): number {
  let hash = 0;
  for (const char of id) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), GOLDEN) >>> 0;
  return ((hash >>> 8) % STEPS) * (360 / STEPS);
}

/** The first letter or sign of a name, upper case where there is such a thing. */
export function initialOf(name: string): string {
  const letter = /[\p{L}\p{N}]/u.exec(name)?.[0] ?? [...name][0] ?? '?';
  return letter.toLocaleUpperCase();
}

/** The account that speaks for the server itself. */
export const SYSTEM_USERNAME = 'parlor';
