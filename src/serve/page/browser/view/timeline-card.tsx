import type { JSX } from 'preact';
import { MINUTE_MS, type Shade } from '../model/history.ts';
import { ceilingOf, spanOf, timelineOf, type Timeline } from '../model/timeline.ts';
import { many, shortClock } from '../model/times.ts';
import type { Store } from '../store.ts';

const HEIGHT = 100;
/** The width of a minute in drawing units; the drawing is stretched to the width of the page. */
const STEP = 10;

/** TimelineCard shows the changes in each minute of the last hour, gaps, and reconnects. */
export function TimelineCard({ store }: { store: Store }): JSX.Element {
  const now = store.now();
  const { contact } = store;
  const open: Shade | undefined = contact.state === 'lost' || contact.state === 'over' ? { from: contact.since, to: now, missing: true } : undefined;
  const timeline = timelineOf(store.history, { now, span: spanOf(store.state?.startedAt, now), passed: store.isFiltered ? store.found().minutes : undefined, open });
  return (
    <section class="card" aria-labelledby="timeline-title">
      <div class="card-head">
        <h2 id="timeline-title">Changes per minute</h2>
        <Legend timeline={timeline} filtered={store.isFiltered} />
      </div>
      <Chart timeline={timeline} />
      <details class="as-table">
        <summary>Show as a table</summary>
        <Table timeline={timeline} filtered={store.isFiltered} />
      </details>
    </section>
  );
}

function Legend({ timeline, filtered }: { timeline: Timeline; filtered: boolean }): JSX.Element {
  return (
    <ul class="legend" aria-hidden="true">
      {filtered && <li><span class="key key-passed" />matching the filter</li>}
      {timeline.shades.length > 0 && <li><span class="key key-gap" />gap</li>}
      {timeline.reconnects > 0 && <li><span class="key key-reconnect" />reconnected</li>}
    </ul>
  );
}

function Chart({ timeline }: { timeline: Timeline }): JSX.Element {
  const { bars, from, to, shades, peak } = timeline;
  const ceiling = ceilingOf(peak);
  const width = bars.length * STEP;
  const x = (time: number): number => ((time - from) / (to - from)) * width;
  const height = (count: number): number => (count / ceiling) * HEIGHT;
  return (
    <div class="chart" role="img" aria-label={describe(timeline)}>
      <div class="chart-scale" aria-hidden="true"><span>{ceiling.toLocaleString('en')}</span><span>{(ceiling / 2).toLocaleString('en')}</span><span>0</span></div>
      <svg viewBox={`0 0 ${width} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <defs>
          <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-ground" width="6" height="6" /><rect class="hatch-line" width="2" height="6" /></pattern>
        </defs>
        <line class="grid" x1="0" x2={width} y1="0.5" y2="0.5" /><line class="grid" x1="0" x2={width} y1={HEIGHT / 2} y2={HEIGHT / 2} />
        {shades.map((shade) => (
          <rect key={`shade ${shade.from}`} class="shade" x={x(shade.from)} y="0" width={Math.max(3, x(shade.to) - x(shade.from))} height={HEIGHT}>
            <title>{shadeText(shade)}</title>
          </rect>
        ))}
        {bars.map((bar, at) => (
          <g key={bar.at}>
            <rect class="hover" x={at * STEP} y="0" width={STEP} height={HEIGHT}><title>{`${shortClock(bar.at)}: ${many(bar.count, 'change')}`}</title></rect>
            {bar.count > 0 && <rect class={bar.passed === bar.count ? 'bar' : 'bar rest'} x={at * STEP + 1} y={HEIGHT - height(bar.count)} width={STEP - 2} height={height(bar.count)} />}
            {bar.passed > 0 && bar.passed < bar.count && <rect class="bar" x={at * STEP + 1} y={HEIGHT - height(bar.passed)} width={STEP - 2} height={height(bar.passed)} />}
            {bar.reconnects > 0 && <line class="reconnect" x1={at * STEP + STEP / 2} x2={at * STEP + STEP / 2} y1="0" y2={HEIGHT} />}
          </g>
        ))}
        <line class="base" x1="0" x2={width} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
      </svg>
      <div class="chart-times" aria-hidden="true">
        {[0, 1, 2, 3].map((quarter) => <span key={quarter}>{shortClock(from + ((quarter * bars.length) / 4) * MINUTE_MS)}</span>)}
        <span>now</span>
      </div>
    </div>
  );
}

function describe({ total, peak, bars, shades, reconnects }: Timeline): string {
  const most = bars.find(({ count }) => count === peak && count > 0);
  const parts = [`${lastMinutes(bars.length)}: ${many(total, 'change')}`];
  if (most !== undefined) parts.push(`at most ${peak.toLocaleString('en')} in a minute, at ${shortClock(most.at)}`);
  if (shades.length > 0) parts.push(many(shades.length, 'gap'));
  if (reconnects > 0) parts.push(many(reconnects, 'reconnect'));
  return `${parts.join('; ')}.`;
}

function lastMinutes(minutes: number): string {
  return minutes === 60 ? 'The last hour' : `The last ${minutes} minutes`;
}

function shadeText({ from, to, missing }: Shade): string {
  return `Gap from ${shortClock(from)} to ${shortClock(to)}${missing ? '; changes may be missing' : '; the changes were fetched afterwards'}`;
}

function Table({ timeline: { bars, shades }, filtered }: { timeline: Timeline; filtered: boolean }): JSX.Element {
  const shown = bars.filter(({ count, reconnects }) => count > 0 || reconnects > 0).reverse();
  return (
    <>
      {shades.length > 0 && <ul>{shades.map((shade) => <li key={shade.from}>{shadeText(shade)}</li>)}</ul>}
      {shown.length === 0 ? <p>Nothing changed during this time.</p> : (
        <table>
          <thead><tr><th scope="col">Minute</th><th scope="col">Changes</th>{filtered && <th scope="col">Match the filter</th>}<th scope="col">Re&shy;connects</th></tr></thead>
          <tbody>
            {shown.map((bar) => (
              <tr key={bar.at}><th scope="row">{shortClock(bar.at)}</th><td>{bar.count}</td>{filtered && <td>{bar.passed}</td>}<td>{bar.reconnects > 0 ? bar.reconnects : ''}</td></tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
