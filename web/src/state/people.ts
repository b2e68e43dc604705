// Who is called what. Pages and `user_updated` say it as it is now, events as it was then; an event that is older than
// what was last heard changes nothing.
import type { Event, Message, Person, User } from '../protocol.gen';
import { milliseconds, personOf, type Model } from './model';

type Names = Pick<Model, 'people' | 'heard' | 'newest'>;

/** Names as they are now. */
export function learnNow<N extends Names>(names: N, persons: readonly (Person | User)[]): N {
  return learn(names, persons, names.newest);
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
  return events.reduce((known, event) => {
    const at = milliseconds(event.at);
    const persons = 'user' in event ? [event.by, event.user] : [event.by];
    const next = at > known.newest ? { ...known, newest: at } : known;
    return learn(next, persons, at);
  }, names);
}

/** Ids of those nobody has named yet. */
export function strangers({ people }: Names, ids: readonly string[]): string[] {
  return [...new Set(ids)].filter((id) => !people.has(id));
}

function learn<N extends Names>(names: N, persons: readonly Person[], at: number): N {
  let { people, heard } = names;
  for (const person of persons) {
    const known = people.get(person.id);
    const last = heard.get(person.id) ?? -1;
    if (known && at < last) continue;
    if (at !== last) heard = new Map(heard).set(person.id, at);
    if (known?.name === person.name && known.username === person.username) continue;
    people = new Map(people).set(person.id, personOf(person));
  }
  return people === names.people && heard === names.heard ? names : { ...names, people, heard };
}
