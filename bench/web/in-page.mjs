// Runs in the page before anything else: notes when the first message is painted, how long each key takes to the
// screen, and every task above 50 ms.

export function inPage() {
  const bench = { firstMessage: 0, keys: [], long: [] };
  globalThis.bench = bench;

  /** After the frame that is next has been painted. */
  const painted = (then) =>
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        then(performance.now());
      };
      port2.postMessage(null);
    });

  const look = new MutationObserver(() => {
    if (!document.querySelector('[data-seq]')) return;
    look.disconnect();
    painted((now) => {
      bench.firstMessage = now;
    });
  });
  look.observe(document, { childList: true, subtree: true });

  addEventListener('keydown', (event) => painted((now) => bench.keys.push(now - event.timeStamp)), true);

  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) bench.long.push(duration);
  }).observe({ type: 'longtask' });
}
