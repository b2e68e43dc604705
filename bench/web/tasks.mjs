// How long the tasks of the page's main thread are, from a trace of the DevTools protocol.

const CATEGORIES = ['disabled-by-default-devtools.timeline', 'devtools.timeline', '__metadata'];

/** Traces for so long; of all tasks that took longer than 0.1 ms how long they took, and how much of that the processor
 * worked for them, in milliseconds. The two differ where other programs want the processor too. */
export async function taskLengths(cdp, ms) {
  const events = [];
  const keep = ({ value }) => events.push(...value.filter(({ name }) => name === 'RunTask' || name === 'thread_name'));
  cdp.on('Tracing.dataCollected', keep);
  await cdp.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: CATEGORIES },
  });
  await new Promise((resolve) => setTimeout(resolve, ms));
  const complete = new Promise((resolve) => cdp.once('Tracing.tracingComplete', resolve));
  await cdp.send('Tracing.end');
  await complete;
  cdp.off('Tracing.dataCollected', keep);

  const main = events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
  const isMain = new Set(main.map(({ pid, tid }) => `${pid} ${tid}`));
  return events
    .filter(({ name, pid, tid, dur }) => name === 'RunTask' && dur > 100 && isMain.has(`${pid} ${tid}`))
    .map(({ dur, tdur = NaN }) => ({ took: dur / 1000, worked: tdur / 1000 }));
}
