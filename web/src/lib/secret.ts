// A password to give to somebody: easy to read out, hard to guess.

/** Without what is mistaken for something else (0 O, 1 l I) and without vowels, so that no word comes out. */
const SIGNS = 'bcdfghjkmnpqrstvwxz23456789';
const GROUPS = 4;
const SIGNS_A_GROUP = 4;

/** Four groups of four: 76 bits. `draw` fills with random bytes. */
export function newPassword(
  draw: (bytes: Uint8Array<ArrayBuffer>) => void = (b) => crypto.getRandomValues(b),
): string {
  const groups = Array.from({ length: GROUPS }, () =>
    Array.from({ length: SIGNS_A_GROUP }, () => sign(draw)),
  );
  return groups.map((group) => group.join('')).join('-');
}

/** Each sign as likely as any other: bytes that would favour the first ones are drawn again. */
function sign(draw: (bytes: Uint8Array<ArrayBuffer>) => void): string {
  const fair = 256 - (256 % SIGNS.length);
  const byte = new Uint8Array(1);
  do draw(byte);
  while ((byte[0] ?? 0) >= fair);
  return SIGNS[(byte[0] ?? 0) % SIGNS.length] ?? '';
}
