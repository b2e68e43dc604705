// Every word the page says, in English. A sentence with parts is a function; counts choose their own plural here, so
// that another language can do it differently. Another language is a file of the same shape.

const many = (n: number, one: string, more: string) => `${n} ${n === 1 ? one : more}`;
/** Counts stop at 100, which means 100 or more. */
const capped = (n: number) => (n >= 100 ? '99+' : String(n));

function list(names: readonly string[]): string {
  if (names.length <= 1) return names[0] ?? '';
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

export const en = {
  product: 'Parlor',
  list,
  capped,

  common: {
    cancel: 'Cancel',
    close: 'Close',
    tryAgain: 'Try again',
    you: 'You',
    optional: '(optional)',
    loading: 'Loading…',
    more: 'Show more',
  },

  gate: {
    signIn: 'Sign in',
    signInAgain: 'Sign in again',
    createAccount: 'Create account',
    username: 'Username',
    password: 'Password',
    yourName: 'Your name',
    showPassword: 'Show password',
    show: 'Show',
    hide: 'Hide',
    usernameHelp: '2 to 32 letters, digits, dots, dashes.',
    passwordHelp: 'At least 8 characters.',
    wantAccount: 'Create an account',
    haveAccount: 'I have an account',
    signInLead: 'Sign in to join the conversation.',
    signUpLead: 'Choose a name and say hello.',
    demoTitle: 'This is a demo, open to anyone on this computer.',
    demoTry: 'Try',
    demoFill: 'Fill it in',
    unclaimed: 'Nobody owns this place yet. Open the owner link that the server printed when it started.',
    version: (version: string) => `Parlor ${version}`,
    emptyUsername: 'Enter your username.',
    emptyPassword: 'Enter your password.',
    ended: {
      session_ended: ['Signed out', 'This session was ended, here or on another device.'],
      disabled: ['This account is disabled', 'An owner or admin of this place can enable it again.'],
      claimed: ['The demo is over', 'This place has an owner now. Ask for an invite to come back.'],
      signed_out: ['Signed out', 'See you soon.'],
    },
    booting: 'Opening the door…',
    bootFault: 'Nobody answers the door',
    bootAgain: 'It is tried again by itself.',
    stopped: {
      protocol: ['This page is out of date', 'The server speaks a newer version. Reload to get it.'],
      refused: ['The server refused this page', 'Something it sent was not understood. Reloading helps.'],
      foreign_host: [
        'This address is not known to the server',
        'Open it under the address it was set up for, or set PARLOR_PUBLIC_URL.',
      ],
    },
    reload: 'Reload',
    notFound: 'There is nothing here',
    notFoundLead: 'The address may be mistyped, or the room is not yours to see.',
    home: 'Back to your rooms',
  },

  claim: {
    title: 'Name this place',
    lead: 'You hold the owner link: this place becomes yours.',
    placeName: 'Name of this place',
    submit: 'Claim this place',
    previewRooms: 'general',
    noSecret: 'This link is incomplete. Copy the whole owner link, with what stands after the #.',
    done: 'This place has an owner already.',
  },

  invite: {
    title: (server: string) => `Join ${server}`,
    lead: 'You are invited. Choose how you will be called.',
    noSecret: 'This link is incomplete. Copy the whole invite link, with what stands after the #.',
  },

  sidebar: {
    label: 'Rooms and people',
    rooms: 'Rooms',
    direct: 'Direct messages',
    createRoom: 'Create room',
    joinRoom: 'Join room',
    newDirect: 'New direct message',
    noRooms: 'You are in no room yet.',
    noDirect: 'No conversations yet.',
    skip: 'Skip to messages',
    account: (name: string) => `Account: ${name}`,
    theme: 'Theme',
    themes: { system: 'System', light: 'Light', dark: 'Dark' },
    signOut: 'Sign out',
    sessions: 'Signed-in devices',
    waiting: (n: number) => `${n} waiting`,
    row: (name: string, unread: number, mentions: number, waiting: number) =>
      [
        name,
        unread > 0 && `${capped(unread)} unread`,
        mentions > 0 && `${capped(mentions)} ${mentions === 1 ? 'mention' : 'mentions'}`,
        waiting > 0 && `${waiting} not sent yet`,
      ]
        .filter(Boolean)
        .join(', '),
  },

  connection: {
    live: 'Live',
    ms: (n: number) => `${n} ms`,
    connecting: 'Connecting…',
    reconnecting: 'Reconnecting…',
    offline: 'Offline',
    tryNow: 'Try now',
    banner: (waiting: number) =>
      waiting === 0
        ? 'Offline. You can keep writing; it will be sent later.'
        : `Offline. You can keep writing; ${many(waiting, 'message', 'messages')} will be sent.`,
    back: 'Back online.',
    next: (seconds: number) => `Next try in ${seconds} s`,
  },

  dialogs: {
    createTitle: 'Create a room',
    name: 'Name',
    namePlaceholder: 'design',
    topic: 'Topic',
    who: 'Who may come in',
    open: 'Open',
    openHelp: 'Anyone here can find and join it.',
    closed: 'Closed',
    closedHelp: 'Only who is added can see it.',
    create: 'Create room',
    emptyName: 'Give the room a name.',
    openExisting: 'Open it',
    joinTitle: 'Join a room',
    searchRooms: 'Search open rooms',
    join: 'Join',
    joinRoom: (name: string) => `Join ${name}`,
    noOpen: 'You are in every open room already.',
    noMatch: (q: string) => `No open room is called “${q}”.`,
    members: (n: number) => many(n, 'member', 'members'),
    directTitle: 'New direct message',
    searchPeople: 'Search people',
    message: (name: string) => `Message ${name}`,
    noPeople: (q: string) => (q ? `Nobody here is called “${q}”.` : 'Nobody else is here yet.'),
    deleteTitle: 'Delete this message?',
    deleteLead: 'Its text is erased for everyone, for good.',
    delete: 'Delete message',
    signOutTitle: 'Sign out?',
    signOutLead: (n: number) =>
      `${many(n, 'message has', 'messages have')} not been sent yet and will be lost.`,
    sessionsTitle: 'Signed-in devices',
    sessionsLead: 'Wherever you are signed in with this account.',
    thisDevice: 'This device',
    lastSeen: (when: string) => `Last seen ${when}`,
    end: 'Sign out',
    endSession: (label: string) => `Sign out ${label}`,
  },

  room: {
    back: 'Back to rooms',
    members: 'Members',
    membersCount: (n: number) => `Members, ${n}`,
    closeMembers: 'Close members',
    owner: 'Owner',
    admin: 'Admin',
    feed: (name: string) => `Messages in ${name}`,
    archived: 'This room is archived. It can be read, not written in.',
    choose: 'Choose a room',
    seeOpen: 'See open rooms',
    chooseLead: 'Or open a new one for what you have in mind.',
    welcome: 'No rooms yet',
    welcomeLead: 'Join an open room, or create the first one for what you have in mind.',
    gone: (name: string) => `You are no longer in ${name}`,
    goneLead: 'Someone removed you, or you left it on another device.',
    notFound: 'No such room here',
    notFoundLead: 'It does not exist, or it is not yours to see.',
    joined: 'Joined',
  },

  timeline: {
    new: 'New',
    jump: 'Jump to newest',
    jumpCount: (n: number) => `Jump to newest · ${n}`,
    failed: 'Older messages could not be loaded.',
    failedFirst: 'Messages could not be loaded.',
    emptyTitle: 'Nothing said yet',
    empty: (name: string) => `Say hello: yours will be the first message in ${name}.`,
    emptyDirect: (name: string) => `Say hello: only you and ${name} will see it.`,
    beginning: (name: string) => `This is where ${name} begins`,
    beginningDirect: (name: string) => `The beginning of your conversation with ${name}`,
    onlyYou: 'Only the people in it can read what is said here.',
    noTopic: 'Everything said here stays in order, from the first message on.',
    spoken: (name: string, text: string) => `${name}: ${text}`,
    today: 'Today',
    yesterday: 'Yesterday',
  },

  message: {
    actions: 'Message actions',
    react: (emoji: string) => `React with ${emoji}`,
    addReaction: 'Add reaction',
    reply: 'Reply',
    edit: 'Edit',
    delete: 'Delete',
    edited: '(edited)',
    deleted: 'Message deleted',
    deletedQuote: 'This message was deleted',
    quoteLoading: 'An earlier message',
    quote: (name: string, text: string) => `Reply to ${name}: ${text}`,
    sending: 'Not sent yet',
    changing: 'Saving…',
    deleting: 'Deleting…',
    reaction: (emoji: string, count: number, names: readonly string[]) => {
      const others = count - names.length;
      const who = others > 0 ? [...names, many(others, 'other', 'others')] : names;
      return `${emoji} ${count}${who.length > 0 ? `, ${list(who)}` : ''}`;
    },
    retry: 'Retry',
    copy: 'Copy',
    copied: 'Copied',
    discard: 'Discard',
    unsent: 'Not sent.',
  },

  composer: {
    label: 'Message',
    placeholder: (name: string) => `Message ${name}`,
    placeholderReply: 'Write a reply',
    send: 'Send message',
    sendShort: 'Send',
    save: 'Save changes',
    saveShort: 'Save',
    emoji: 'Insert emoji',
    replying: 'Replying to',
    cancelReply: 'Cancel reply',
    editing: 'Editing your message',
    cancelEdit: 'Cancel editing',
    left: (n: number) => `${n.toLocaleString('en')} bytes left`,
    over: (n: number) => `${n.toLocaleString('en')} bytes too long`,
    typing: (names: readonly string[]) => {
      if (names.length === 0) return '';
      if (names.length > 3) return 'Several people are typing…';
      return `${list(names)} ${names.length === 1 ? 'is' : 'are'} typing…`;
    },
  },

  notice: {
    post: 'Your message was not sent: you are not in that room any more.',
    edit: 'Your edit was not saved.',
    delete: 'The message was not deleted.',
    react: 'Your reaction was not added.',
    unreact: 'Your reaction was not removed.',
    copyText: 'Copy text',
    dismiss: 'Dismiss',
  },

  emoji: {
    title: 'Choose an emoji',
  },

  /** Why nothing, or less, is kept on this device. */
  device: {
    unavailable:
      'This browser keeps nothing for this page. What is not sent yet is lost when the tab is closed.',
    newer:
      'A newer version of this page was used in this browser. Reload to get it; until then nothing is kept here.',
    blocked:
      'Another tab runs an older version of this page. Close it and reload; until then nothing is kept here.',
    damaged:
      'Something that this browser kept could not be read. Messages are fetched again from the server.',
    full: 'This browser’s storage is full. Offline, messages may be missing; what is not sent yet may be lost when the tab is closed.',
    insecure: 'Without HTTPS this page cannot be opened offline, and each tab sends its own messages.',
  },

  /** What went wrong, by its code on the wire. */
  faults: {
    network: 'The server cannot be reached. Check the connection.',
    timeout: 'The server took too long to answer. Try again.',
    not_json: 'Something that is not Parlor answered at this address.',
    damaged: 'It was only partly kept on this device. Read it again before you send it.',
    other_epoch: 'The server was restored from a backup; send it anew if it still fits.',
    invalid_credentials: 'That username and password do not match.',
    too_many_attempts: 'Too many tries. Wait a moment, then try again.',
    not_signed_in: 'You are not signed in any more.',
    forbidden: 'You may not do that here.',
    foreign_origin: 'The server refuses pages from this address.',
    foreign_host: 'The server does not know this address.',
    unclaimed: 'This place has no owner yet.',
    not_found: 'That is not there any more.',
    too_large: 'That is too big to send.',
    wrong_password: 'That is not your password.',
    too_many_sockets: 'Too many windows are open. Close some, then reload.',
    bad_request: 'The server did not understand this page. Reload it.',
    internal: 'Something went wrong at the server. Try again.',
    rate_limited: 'That was a bit fast. Wait a moment.',
    overloaded: 'The server is busy. Try again in a moment.',
    storage_failed: 'The server could not store that. Try again in a moment.',
    storage_full: 'The server’s disk is full. Its keeper has to make room.',
    bad_claim_token: 'This owner link is used up or too old. Restart the server for a new one.',
    invite_needed: 'This invite is used up, too old, or mistyped. Ask for a new one.',
    bad_username: 'Use 2 to 32 letters, digits, dots, dashes or underscores; a letter or digit at both ends.',
    bad_password: 'Use a longer password: at least 8 characters.',
    bad_name: 'Use 1 to 80 characters.',
    username_taken: 'That username is taken.',
    room_exists: 'An open room has that name already.',
    bad_room_name: 'Use 1 to 80 characters, without line breaks or control characters.',
    bad_topic: 'Keep the topic under 250 characters.',
    room_archived: 'This room is archived.',
    text_too_long: 'Too long: 16 KiB at most.',
    text_empty: 'There is nothing to send.',
    bad_text: 'It contains characters that cannot be sent.',
    bad_emoji: 'That is not an emoji.',
    too_many_reactions: 'This message has as many kinds of reactions as fit.',
    too_many_rooms: 'You are in as many rooms as fit: leave one first.',
    nonce_reused: 'This was sent before with other content.',
    last_owner: 'The last owner cannot leave.',
  } as Record<string, string>,
};

export type Words = typeof en;
