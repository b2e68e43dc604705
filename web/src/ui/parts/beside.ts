// Where a popover stands: beside what asked for it, and wholly inside the window, whatever comes to stand in it. On a phone
// the style sheet makes a sheet at the bottom of it instead.

const GAP = 6;
const EDGE = 8;
const PHONE = '(width < 720px)';

/** Shows a popover below its anchor, or above where below is no space. Returns how to stop keeping it in its place. */
export function showBeside(popover: HTMLElement, anchor: HTMLElement): () => void {
  popover.showPopover();
  if (matchMedia(PHONE).matches) return () => {};
  const observer = new ResizeObserver(() => place(popover, anchor));
  observer.observe(popover);
  place(popover, anchor);
  return () => observer.disconnect();
}

function place(popover: HTMLElement, anchor: HTMLElement): void {
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = popover;
  const within = (wanted: number, most: number) => Math.max(EDGE, Math.min(wanted, most - EDGE));
  const below = at.bottom + GAP;
  const fits = below + height <= innerHeight - EDGE;
  popover.style.setProperty('top', `${within(fits ? below : at.top - GAP - height, innerHeight - height)}px`);
  popover.style.setProperty('left', `${within(at.left, innerWidth - width)}px`);
}
