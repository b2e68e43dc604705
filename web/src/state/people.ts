// Who is called what. Pages and `user_updated` say it as it is now, events as it was then; an event that is older than
// what was last heard changes nothing.
import type { Event, Message, Person, User } from '../protocol.gen';
import { milliseconds, personOf, type Model } from './model';

type Names = Pick<Model, 'people' | 'heard' | 'newest'>;

/** Names as they are now. */
export function learnNow<N extends Names>(names: N, persons: readonly (Person | User)[]): N {
  return learn(
    names,
    persons.map((person) => ({ person, at: names.newest })),
  );
}

/** The authors of a page. */
export function learnFromPage<N extends Names>(names: N, messages: readonly Message[]): N {
  const newest = messages.reduce((t, m) => Math.max(t, milliseconds(m.at)), names.newest);
  return learnNow(
    { ...names, newest },
    messages.map((m) => m.by),
  );
}

/** Everybody whom events name. */
export function learnFromEvents<N extends Names>(names: N, events: readonly Event[]): N {
  let { newest } = names;
  const said = events.flatMap((event): Said[] => {
    const at = milliseconds(event.at);
    newest = Math.max(newest, at);
    return ('user' in event ? [event.by, event.user] : [event.by]).map((person) => ({ person, at }));
  });
  return learn(newest > names.newest ? { ...names, newest } : names, said);
}

/** Ids of those nobody has named yet. */
export function strangers({ people }: Names, ids: readonly string[]): string[] {
  return [...new Set(ids)].filter((id) => !people.has(id));
}

interface Said {
  person: Person;
  /** The server's time at which they were called so. */
  at: number;
}

/** Both maps are copied once at most, however much was said. */
function learn<N extends Names>(names: N, said: readonly Said[]): N {
  let people: Map<string, Person> | null = null;
  let heard: Map<string, number> | null = null;
  for (const { person, at } of said) {
    const known = (people ?? names.people).get(person.id);
    const last = (heard ?? names.heard).get(person.id) ?? -1;
    if (known && at < last) continue;
    if (at !== last) (heard ??= new Map(names.heard)).set(person.id, at);
    if (known?.name === person.name && known.username === person.username) continue;
    (people ??= new Map(names.people)).set(person.id, personOf(person));
  }
  if (!people && !heard) return names;
  return { ...names, people: people ?? names.people, heard: heard ?? names.heard };
}
