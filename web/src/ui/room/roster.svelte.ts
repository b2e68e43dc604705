// Who is in a room: asked for again whenever it may have changed, owners first, then by name.
import type { App, Fault, Member, RoomItem } from '../../state/contract';

/** Sorts as people do: é beside e, 2 before 10. */
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

export class Roster {
  members = $state.raw<readonly Member[]>([]);
  hasMore = $state(false);
  fault = $state.raw<Fault | null>(null);
  /** False until the first answer. */
  ready = $state(false);
  readonly owners = $derived(sorted(this.members.filter(({ role }) => role === 'owner')));
  readonly others = $derived(sorted(this.members.filter(({ role }) => role !== 'owner')));
  #asked = 0;
  readonly #app: App;
  readonly #room: () => RoomItem;

  /** Of the room that `room` gives; call it while a component is made. */
  constructor(app: App, room: () => RoomItem) {
    this.#app = app;
    this.#room = room;
    const changes = $derived([room().id, room().roster, room().memberCount, room().role].join());
    $effect(() => {
      void changes;
      void this.load();
    });
  }

  /** Asks from the beginning, or for what comes after the members that are here. */
  async load(more = false): Promise<void> {
    const asked = ++this.#asked;
    // The server lists by id: what comes next comes after the greatest.
    const last = more
      ? this.members
          .map(({ user }) => user.id)
          .sort()
          .at(-1)
      : undefined;
    const outcome = await this.#app.do.listMembers(this.#room().id, last);
    if (asked !== this.#asked) return;
    this.ready = true;
    this.fault = outcome.ok ? null : outcome.fault;
    if (!outcome.ok) return;
    const { items, hasMore } = outcome.value;
    this.members = more ? [...this.members, ...items] : items;
    this.hasMore = hasMore;
  }
}

export function sorted(members: readonly Member[]): readonly Member[] {
  return [...members].sort(
    (a, b) => collator.compare(a.user.name, b.user.name) || (a.user.id < b.user.id ? -1 : 1),
  );
}
