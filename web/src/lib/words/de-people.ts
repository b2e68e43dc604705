// Die deutschen Wörter der Seiten über Menschen: Einstellungen, alle Konten, Einladungen, die Einstellungen eines Raums,
// Profile. Ein Teil von `de.ts`, das das Ganze ist.
import type { enPeople } from './en-people.ts';

export const dePeople: typeof enPeople = {
  settings: {
    index: 'Einstellungen',
    you: 'Du',
    saved: 'Gespeichert',
    save: 'Speichern',
    saveField: (label) => `Speichern: ${label}`,
    account: 'Dein Konto',
    name: 'Dein Name',
    nameHelp: 'So sehen dich die anderen. Er lässt sich fünfmal in der Stunde ändern.',
    signOutHelp: 'Alles, was hier gespeichert ist, wird von diesem Gerät entfernt.',
    password: 'Passwort',
    passwordLead: 'Ein neues Passwort meldet dich überall sonst ab. Hier bleibst du angemeldet.',
    oldPassword: 'Bisheriges Passwort',
    newPassword: 'Neues Passwort',
    changePassword: 'Passwort ändern',
    passwordChanged: 'Dein Passwort ist geändert. Überall sonst bist du abgemeldet.',
    emptyOld: 'Gib dein bisheriges Passwort ein.',
    emptyNew: 'Gib ein neues Passwort ein.',
    devices: 'Angemeldete Geräte',
    devicesLead: 'Überall, wo du mit diesem Konto angemeldet bist, auch Programme mit einem Schlüssel.',
    thisDevice: 'Dieses Gerät',
    lastSeen: (when) => `Zuletzt gesehen: ${when}`,
    end: 'Abmelden',
    endSession: (label) => `${label} abmelden`,
    place: 'Dieser Ort',
    placeName: 'Name dieses Ortes',
    placeNameHelp: 'Alle sehen ihn über ihren Räumen, und schon vor dem Anmelden.',
  },

  people: {
    title: 'Leute',
    search: 'Leute suchen',
    you: 'Du',
    disabled: 'Gesperrt',
    roles: { member: 'Mitglied', admin: 'Verwaltung', owner: 'Leitung' },
    roleHelp: {
      member: 'Redet mit, legt Räume an und tritt offenen bei.',
      admin:
        'Lädt auch ein, sperrt und entsperrt Mitglieder, setzt ihre Passwörter zurück und kümmert sich um offene Räume.',
      owner: 'Vergibt auch Rollen, benennt diesen Ort und entscheidet über Verwaltung und Leitung.',
    },
    none: (q) => `Hier heißt niemand „${q}“.`,
    alone: 'Bis jetzt bist nur du hier.',
    invite: 'Leute einladen',
    manage: (name) => `${name} verwalten`,
    back: 'Alle Leute',
    role: 'Rolle',
    giveRole: {
      member: (name) => `${name} zum Mitglied machen`,
      admin: (name) => `${name} in die Verwaltung holen`,
      owner: (name) => `${name} in die Leitung holen`,
    },
    giveUp: 'Du gibst die Leitung ab. Nur jemand aus der Leitung kann sie dir zurückgeben.',
    makeOwner: (name) => `${name} kann dann alles, was du kannst, auch über dich entscheiden.`,
    roleGiven: 'Die Rolle ist vergeben.',
    reset: 'Passwort zurücksetzen',
    resetHelp: 'Für jemanden, der seines vergessen hat.',
    resetLead: (name) =>
      `${name} wird sofort überall abgemeldet. Gib das Passwort selbst weiter; nach dem Anmelden lässt es sich ändern.`,
    resetDo: 'Dieses Passwort setzen',
    resetDone: (name) => `Das ist jetzt das Passwort von ${name}. Es wird nur dieses eine Mal gezeigt.`,
    disable: 'Konto sperren',
    disableHelp: 'Für jemanden, der nicht mehr dabei ist.',
    disableSure: (name) =>
      `${name} wird binnen einer Sekunde überall abgemeldet und kommt erst wieder herein, wenn das Konto entsperrt ist. Was geschrieben wurde, bleibt.`,
    enable: 'Konto entsperren',
    enableHelp: (name) => `${name} kann sich gerade nicht anmelden. Räume und Nachrichten sind noch da.`,
    notYours: 'Dieses Konto kann nur die Leitung ändern.',
    yourself: 'Das bist du. Name und Passwort stehen unter „Dein Konto“.',
  },

  invites: {
    title: 'Einladungen',
    lead: 'Wer den Link hat, kann hier ein Konto anlegen, als Mitglied.',
    uses: 'Für wie viele',
    expires: 'Gilt',
    lives: { 3600: '1 Stunde', 86400: '1 Tag', 604800: '7 Tage', 2592000: '30 Tage' },
    create: 'Link erstellen',
    link: 'Einladungslink',
    once: 'Kopiere ihn jetzt: Er wird nur dieses eine Mal gezeigt.',
    copy: 'Link kopieren',
    open: 'Gültige Links',
    none: 'Gerade gilt kein Link. Erstelle einen, um jemanden hereinzuholen.',
    used: (uses, max) => `${uses} von ${max} benutzt`,
    until: (when) => `bis ${when}`,
    by: (name) => `von ${name}`,
    revoke: 'Zurückziehen',
    revokeOf: (name, when) => `Den Link von ${name} zurückziehen, bis ${when}`,
    revokeSure: 'Der Link gilt sofort nicht mehr. Wer damit kam, bleibt.',
  },

  roomSettings: {
    title: 'Raumeinstellungen',
    about: 'Über den Raum',
    name: 'Name',
    topic: 'Thema',
    noTopic: 'Noch kein Thema.',
    kinds: {
      open: 'Offen: Alle hier können ihn finden und beitreten.',
      closed: 'Geschlossen: Nur wer hinzugefügt wird, sieht ihn.',
    },
    onlyOwners: 'Das kann nur die Leitung dieses Raums ändern.',
    frozen: 'Dieser Raum ist archiviert. Hol ihn zurück, um ihn zu ändern.',
    members: 'Mitglieder',
    add: 'Leute hinzufügen',
    addPerson: (name) => `${name} hinzufügen`,
    addShort: 'Hinzufügen',
    here: 'In diesem Raum',
    allHere: (q) => (q ? `Sonst heißt hier niemand „${q}“.` : 'Es sind schon alle in diesem Raum.'),
    roleOf: (name) => `Rolle von ${name}`,
    roles: { owner: 'Leitung', member: 'Mitglied' },
    stepDown:
      'Du gibst die Leitung dieses Raums ab. Ohne jemand anderen geht sie an das Mitglied, das am längsten dabei ist.',
    stepDownDo: 'Abgeben',
    remove: (name) => `${name} entfernen`,
    removeShort: 'Entfernen',
    removeSure: (name, open) =>
      open
        ? `${name} kann hier nichts mehr lesen oder schreiben, bis zum nächsten Beitreten.`
        : `${name} kann hier nichts mehr lesen oder schreiben, bis jemand den Zugang wieder gibt.`,
    end: 'Archivieren, verlassen',
    archive: 'Raum archivieren',
    archiveHelp: 'Für einen Raum, dessen Arbeit getan ist.',
    archiveSure:
      'Niemand kann mehr hineinschreiben. Alles Gesagte bleibt lesbar, und er lässt sich zurückholen.',
    unarchive: 'Zurückholen',
    unarchiveHelp: 'Er ist archiviert: Man kann ihn lesen, aber nichts mehr hineinschreiben.',
    leave: 'Raum verlassen',
    leaveHelp: 'Er verschwindet aus deiner Liste.',
    leaveSure: (open, owner) =>
      [
        open
          ? 'Du kannst jederzeit wieder beitreten.'
          : 'Du kommst nur wieder herein, wenn dich jemand hinzufügt.',
        owner && 'Leitest du ihn allein, geht die Leitung an das Mitglied, das am längsten dabei ist.',
      ]
        .filter(Boolean)
        .join(' '),
  },

  profile: {
    title: (name) => `Profil von ${name}`,
    message: 'Nachricht schreiben',
    manage: 'Konto verwalten',
    edit: 'Dein Konto',
    system: 'Spricht für den Server selbst.',
    disabled: 'Dieses Konto ist gesperrt.',
    gone: 'Dieses Konto gibt es nicht mehr.',
  },
};
