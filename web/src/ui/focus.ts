// The focus is never lost. When what has it leaves the document (a message's tools, a reaction taken back, a notice put
// away), the browser gives it to the body, and whoever goes by keyboard or listens begins again at the top. Here it goes to
// the nearest thing around it that is still there; whatever knows better may move it on afterwards.

const FOCUSABLE = 'a[href], button, input, textarea, select, [tabindex]';
/** Where nothing around it is left: the heading of what is shown. */
const HEADING = '[data-route-heading]';

/** From now on until the answer is called. */
export function keepFocus(root: Document = document): () => void {
  /** What had the focus last, and all that it stood in, from within. */
  let path: readonly Element[] = [];

  const focused = ({ target }: FocusEvent) => {
    const found: Element[] = [];
    for (let at = target instanceof Element ? target : null; at; at = at.parentElement) found.push(at);
    path = found;
  };

  const changed = () => {
    const [had] = path;
    if (!had || had.isConnected || root.activeElement !== root.body) return;
    const next = nearest(path.filter((element) => element.isConnected && element !== root.body));
    path = [];
    (next ?? root.querySelector<HTMLElement>(HEADING))?.focus({ preventScroll: true });
  };

  root.addEventListener('focusin', focused);
  const observer = new MutationObserver(changed);
  observer.observe(root.body, { childList: true, subtree: true });
  return () => {
    root.removeEventListener('focusin', focused);
    observer.disconnect();
  };
}

function nearest(around: readonly Element[]): HTMLElement | null {
  for (const element of around) {
    if (element.matches(FOCUSABLE)) return element as HTMLElement;
    if (element.matches('dialog, [popover]')) return element.querySelector<HTMLElement>(FOCUSABLE);
  }
  return null;
}
