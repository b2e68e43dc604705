// Which of the things that lie over everything is open: the jump box, the help sheet.

export type Overlay = 'jump' | 'help';

let opened = $state<Overlay | null>(null);

export const overlays = {
  get opened() {
    return opened;
  },
  open(which: Overlay) {
    opened = which;
  },
  close() {
    opened = null;
  },
};

/** ⌘ where that is the key's name. */
const apple = typeof navigator !== 'undefined' && /mac|iphone|ipad/i.test(navigator.userAgent);
export const control = (word: string): string => (apple ? '⌘' : word);
