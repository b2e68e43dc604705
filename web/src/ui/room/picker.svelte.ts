// The one emoji picker: who asked for it, where it stands, and what to do with the choice.

export interface PickerRequest {
  anchor: HTMLElement;
  pick: (sign: string) => void;
  /** The row it was asked for, so that its toolbar stays. */
  key: string | null;
}

let request = $state.raw<PickerRequest | null>(null);

export const picker = {
  get request() {
    return request;
  },
  open(anchor: HTMLElement, pick: (sign: string) => void, key: string | null = null) {
    request = { anchor, pick, key };
  },
  close() {
    request = null;
  },
};
