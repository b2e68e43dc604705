// The one menu of a message: whose it is, where it was asked for, and what can be done.
import type { Row } from '../../state/contract';
import type { Acts } from './acts';

export interface MenuRequest {
  row: Row;
  acts: Acts;
  /** Where the pointer was; null: beside the post itself. */
  at: { x: number; y: number } | null;
  /** Asked for by a finger that has not left yet. */
  finger: boolean;
  /** What gets the focus back. */
  post: HTMLElement;
}

let request = $state.raw<MenuRequest | null>(null);

export const menu = {
  get request() {
    return request;
  },
  open(next: MenuRequest) {
    request = next;
  },
  close() {
    request = null;
  },
};
