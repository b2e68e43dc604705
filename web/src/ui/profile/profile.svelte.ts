// The one profile popover: whose it is, and beside what it stands.
import type { Person } from '../../state/contract';

interface Request {
  anchor: HTMLElement;
  person: Person;
}

let request = $state.raw<Request | null>(null);

export const profile = {
  get request() {
    return request;
  },
  open(anchor: HTMLElement, person: Person) {
    request = { anchor, person };
  },
  close() {
    request = null;
  },
};
