// Keeps on the device what the model has come to believe of the rooms: what changed, a moment later and together, and at
// once when the page is hidden, for it may never be shown again.
import type { Clock, Timer } from '../net/clock';
import type { Changes, Device } from './device/device';
import type { Model, RoomModel } from './model';
import { holderOf, SAVED_PEOPLE, savedRoom, savedWindow } from './saved';

/** What arrives in this time is written in one go: at a hundred messages a second, twice a second. */
export const SAVE_MS = 500;

export class Saver {
  #model: Model | null = null;
  /** As they were when they were last written. */
  #rooms: Model['rooms'] = new Map();
  #people: Model['people'] | null = null;
  #timer: Timer | null = null;
  #over = false;

  constructor(
    private readonly device: Pick<Device, 'save'>,
    private readonly clock: Clock,
  ) {}

  /** What is on the device already. */
  begin(model: Model): void {
    this.#rooms = model.rooms;
    this.#people = model.people;
  }

  note(model: Model): void {
    if (this.#over || model.rooms === (this.#model?.rooms ?? this.#rooms)) return;
    this.#model = model;
    this.#timer ??= this.clock.after(SAVE_MS, () => void this.flush());
  }

  async flush(): Promise<void> {
    this.clock.cancel(this.#timer);
    this.#timer = null;
    const model = this.#model;
    this.#model = null;
    const changes = model && !this.#over && !model.restoring ? this.#changes(model) : null;
    if (changes) await this.device.save(changes);
  }

  stop(): void {
    this.#over = true;
    this.clock.cancel(this.#timer);
  }

  #changes(model: Model): Changes | null {
    const holder = holderOf(model);
    if (!holder) return null;
    const changed = [...model.rooms].filter(([id, room]) => differs(this.#rooms.get(id), room));
    const removed = model.ready ? [...this.#rooms.keys()].filter((id) => !model.rooms.has(id)) : [];
    const people = model.people === this.#people ? null : [...model.people.values()].slice(-SAVED_PEOPLE);
    this.#rooms = model.rooms;
    this.#people = model.people;
    const rooms = changed.map(([, room]) => savedRoom(room));
    const windows = changed.flatMap(([, room]) => savedWindow(room) ?? []);
    return { holder, rooms, windows, removed, people };
  }
}

/** Who types, and what is under way, is not kept. */
function differs(before: RoomModel | undefined, now: RoomModel): boolean {
  if (!before) return true;
  const { facts, tally, cursor, window } = before;
  return facts !== now.facts || tally !== now.tally || cursor !== now.cursor || window !== now.window;
}
