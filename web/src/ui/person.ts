// How a person looks where there is no picture: a hue from the id, an initial from the name.

const STEPS = 18; // hues far enough apart to be told from each other

/** A hue in degrees, the same for an id on every screen. */
export function hueOf(id: string): number {
  let hash = 0x811c9dc5; // FNV-1a, then mixed so that ids alike in all but the end fall far apart
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) % STEPS) * (360 / STEPS);
}

/** The first letter or sign of a name, upper case where there is such a thing. */
export function initialOf(name: string): string {
  const letter = /[\p{L}\p{N}]/u.exec(name)?.[0] ?? [...name][0] ?? '?';
  return letter.toLocaleUpperCase();
}

/** The account that speaks for the server itself. */
export const SYSTEM_USERNAME = 'parlor';
