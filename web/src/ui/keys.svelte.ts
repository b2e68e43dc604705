// Two habits of the keyboard that one may have otherwise, kept on this device.

class Habit {
  #on: boolean;
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
    this.#on = $state(stored(key));
  }

  get on(): boolean {
    return this.#on;
  }

  set(on: boolean): void {
    this.#on = on;
    try {
      if (on) localStorage.removeItem(this.#key);
      else localStorage.setItem(this.#key, 'off');
    } catch {
      // for this visit only, then
    }
  }
}

function stored(key: string): boolean {
  try {
    return localStorage.getItem(key) !== 'off';
  } catch {
    return true; // storage may be forbidden
  }
}

/** Letters alone do something to the message that has the focus. */
export const singleKeys = new Habit('parlor.keys.single');
/** Enter sends; otherwise it begins a new line. Ctrl Enter sends always. */
export const enterSends = new Habit('parlor.keys.enter');
