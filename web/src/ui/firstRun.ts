// A new account's first steps: from the door straight into the first room, ready to write.

let begun = false;

export const firstRun = {
  /** Before the way in. */
  begin(): void {
    begun = true;
  },
  /** It did not come to that. */
  cancel(): void {
    begun = false;
  },
  get begun(): boolean {
    return begun;
  },
  /** True once: for the composer, which then takes the focus on a phone too. */
  take(): boolean {
    const was = begun;
    begun = false;
    return was;
  },
};
