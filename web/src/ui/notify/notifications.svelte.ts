// Whether this device notifies: off until asked for. The permission is asked for by that click only, and what the browser
// says to it is shown in words.
const KEY = 'parlor.notifications';

export type NotificationState =
  /** Not wanted, or not asked yet. */
  | 'off'
  | 'on'
  /** Wanted, but the browser forbids it; only its own settings change that. */
  | 'denied'
  /** This browser has none, or not for a page that came over plain HTTP. */
  | 'missing';

function wanted(): boolean {
  try {
    return localStorage.getItem(KEY) === 'on';
  } catch {
    return false;
  }
}

function read(): NotificationState {
  if (typeof Notification === 'undefined' || !navigator.locks) return 'missing';
  if (Notification.permission === 'denied') return 'denied';
  return wanted() && Notification.permission === 'granted' ? 'on' : 'off';
}

let state = $state<NotificationState>(read());

export const notifications = {
  get state() {
    return state;
  },
  /** Call on a click: the browser may ask its question only then. */
  async turn(on: boolean): Promise<void> {
    try {
      if (on) localStorage.setItem(KEY, 'on');
      else localStorage.removeItem(KEY);
    } catch {
      // for this visit only, then
    }
    if (on && state !== 'missing') await Notification.requestPermission();
    state = on ? read() : state === 'missing' || state === 'denied' ? state : 'off';
  },
};
