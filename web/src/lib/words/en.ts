// Every word of the screen, in English. A language is one file of this shape; words that depend on a number or a name
// are functions, so that each language may order and inflect them as it must. Dates and numbers go through `Intl`.

const plural = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;

export const en = {
  /** BCP 47, for `Intl` and the document. */
  language: 'en',
  app: {
    name: 'Parlor',
    booting: 'Opening…',
    tryAgain: 'Try again',
    cancel: 'Cancel',
    close: 'Close',
    reload: 'Reload',
  },
  session: {
    username: 'Username',
    password: 'Password',
    signIn: 'Sign in',
    signOut: 'Sign out',
  },
  /** Said above the sign-in form. */
  ended: {
    session_ended: 'You were signed out on another device.',
    disabled: 'This account has been disabled. Ask the owner of this server.',
    unclaimed: 'This server has no owner yet.',
    signed_out: 'You are signed out.',
  },
  stopped: {
    protocol: 'The server was updated. Reload to go on.',
    refused: 'The server closed the connection because of something this page sent. Reload to go on.',
    foreign_host: 'This server answers only under its own address.',
  },
  connection: {
    live: (ms: number | null) => (ms === null ? 'Live' : `Live · ${ms} ms`),
    connecting: 'Connecting…',
    reconnecting: 'Reconnecting…',
    offline: 'Offline',
    tryNow: 'Try now',
  },
  rooms: {
    rooms: 'Rooms',
    direct: 'Direct messages',
    create: 'Create room',
    join: 'Join room',
    members: (n: number) => plural(n, 'member', 'members'),
  },
  message: {
    field: 'Message',
    send: 'Send message',
    today: 'Today',
    yesterday: 'Yesterday',
    edited: '(edited)',
    deleted: 'This message was deleted.',
    unknownPerson: 'Someone',
  },
  /** By the `code` of a Fault; `faultWords` falls back to the server's own sentence. */
  faults: {
    network: 'The server cannot be reached. Check your connection.',
    timeout: 'The server took too long to answer.',
    not_json: 'Something answered that is not Parlor. Is there a proxy or a sign-in page in between?',
    other_epoch: 'The server was restored from a backup since; this was not sent.',
    bad_request: 'The server did not understand this request.',
    not_signed_in: 'You are signed out.',
    forbidden: 'You may not do this.',
    foreign_origin: 'The server does not accept requests from this address.',
    foreign_host: 'This server answers only under its own address.',
    unclaimed: 'This server has no owner yet.',
    not_found: 'This is not there any more, or not yours.',
    too_large: 'This is too large.',
    rate_limited: 'That was too fast. Try again in a moment.',
    overloaded: 'The server is busy. Try again in a moment.',
    storage_failed: 'The server could not write to its disk. Try again in a moment.',
    storage_full: 'The disk of the server is full.',
    internal: 'Something went wrong on the server.',
    invalid_credentials: 'Username or password is wrong.',
    too_many_attempts: 'Too many attempts. Wait a minute and try again.',
    bad_claim_token: 'This link is not valid any more. Start the server again to get a new one.',
    invite_needed: 'This invite is not valid any more. Ask for a new one.',
    bad_username:
      'Usernames are 2–32 letters, digits, dots, dashes or underscores, with a letter or digit at both ends.',
    bad_password: 'Passwords are 8–256 characters, and not one of the common ones.',
    bad_name: 'Names are 1–80 characters, without control characters.',
    username_taken: 'This username is taken.',
    bad_room_name: 'Room names are 1–80 characters, without control characters.',
    bad_topic: 'Topics are at most 250 characters.',
    room_exists: 'A room of this name exists already.',
    room_archived: 'This room is archived.',
    too_many_rooms: 'You are in too many rooms.',
    text_too_long: 'This message is too long (16 KiB at most).',
    text_empty: 'There is nothing to send.',
    bad_text: 'This message contains control characters.',
    bad_emoji: 'This is not an emoji that everyone can see.',
    too_many_reactions: 'This message has too many kinds of reactions.',
    nonce_reused: 'This was already sent with other content.',
    last_owner: 'The last owner cannot do this.',
    unknown: 'Something went wrong.',
  } as Record<string, string>,
};

/** A literal becomes a string, a function keeps its parameters: what another language has to provide. */
type Loose<T> = T extends string
  ? string
  : T extends (...args: infer A) => unknown
    ? (...args: A) => string
    : { [K in keyof T]: Loose<T[K]> };
export type Words = Loose<typeof en>;
