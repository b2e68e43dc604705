// Which dialog is open, of those that can be opened from more than one place. The shell shows it.
import type { Fault, User } from '../../state/contract';

export type SettingsPage = 'account' | 'password' | 'devices' | 'people' | 'invites' | 'place';
export type RoomPage = 'about' | 'members' | 'end';

export type Opened =
  | { name: 'create' | 'join' | 'direct' }
  /** `fault`: it was tried, and the server could not be told. */
  | { name: 'sign-out'; fault?: Fault }
  /** `person`: straight to this one's page. */
  | { name: 'settings'; page: SettingsPage; person?: User }
  /** Of the room on screen. */
  | { name: 'room'; page: RoomPage };

let opened = $state.raw<Opened | null>(null);

export const dialogs = {
  get opened() {
    return opened;
  },
  open(which: Opened) {
    opened = which;
  },
  close() {
    opened = null;
  },
};
