// Where a popover stands: beside what asked for it, and wholly inside the window. On a phone the style sheet makes a sheet
// at the bottom of it instead.

const GAP = 6;
const EDGE = 8;
const PHONE = '(width < 720px)';

/** Shows a popover below (or else above) its anchor, or, with `side`, at the anchor's end where there is space. */
export function showBeside(popover: HTMLElement, anchor: HTMLElement, side = false): void {
  popover.showPopover();
  if (matchMedia(PHONE).matches) return;
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = popover;
  const within = (wanted: number, most: number) => Math.max(EDGE, Math.min(wanted, most - EDGE));
  const below = at.bottom + GAP;
  const fits = below + height <= innerHeight - EDGE;
  const beside = side && at.right + GAP + width <= innerWidth - EDGE;
  const y = beside ? at.top : fits ? below : at.top - GAP - height;
  const x = beside ? at.right + GAP : at.left;
  popover.style.setProperty('top', `${within(y, innerHeight - height)}px`);
  popover.style.setProperty('left', `${within(x, innerWidth - width)}px`);
}
