import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DeltaGone, DeltaPage, DeltaStart } from '../../../../src/delta.ts';
import { WatchError } from '../../../../src/errors.ts';
import { walkDrive, type EnumerateOptions } from '../../../../src/changes/index/enumerate.ts';
import { PagesAhead, type PageRequest } from '../../../../src/changes/index/pages-ahead.ts';

const keyOf = (start: DeltaStart): string => (typeof start === 'string' ? start : 'link' in start ? start.link : 'since');
const page = (number: number, next?: number): DeltaPage => ({ items: [number], ...(next === undefined ? { cursor: 'end' } : { next: `page ${next}` }) });

describe('a page that is requested ahead', () => {
  it('is under way before the one in front of it has been read, and is requested once', async () => {
    const asked: string[] = [];
    const pages = new PagesAhead((start, onNext) => {
      asked.push(keyOf(start));
      if (start === 'beginning') onNext?.('page 1');
      return Promise.resolve(start === 'beginning' ? page(0, 1) : page(1));
    });
    const first = pages.page('beginning');
    expect(asked).toEqual(['beginning', 'page 1']);
    await first;
    expect(await pages.page({ link: 'page 1' })).toEqual(page(1));
    expect(asked).toEqual(['beginning', 'page 1']);
  });

  it('is one, however far ahead the links are known', () => {
    const asked: string[] = [];
    const pages = new PagesAhead((start, onNext) => {
      asked.push(keyOf(start));
      if (asked.length < 10) onNext?.(`page ${asked.length}`);
      return new Promise(() => undefined);
    });
    void pages.page('beginning');
    expect(asked).toEqual(['beginning', 'page 1']);
    void pages.page({ link: 'page 1' });
    expect(asked).toEqual(['beginning', 'page 1']);
  });

  it('does not count if another one is asked for', async () => {
    const asked: string[] = [];
    const pages = new PagesAhead((start, onNext) => {
      asked.push(keyOf(start));
      if (start === 'beginning') onNext?.('page 2');
      return start === 'beginning' ? Promise.resolve(page(0, 1)) : keyOf(start) === 'page 2' ? Promise.reject(new Error('nobody learns of it')) : Promise.resolve(page(1));
    });
    await pages.page('beginning');
    expect(await pages.page({ link: 'page 1' })).toEqual(page(1));
    expect(asked).toEqual(['beginning', 'page 2', 'page 1']);
  });
});

it('requests nothing further for a page that nobody waits for any longer', async () => {
  const asked: string[] = [];
  const later: (() => void)[] = [];
  let failed = false;
  const pages = new PagesAhead((start, onNext) => {
    const key = keyOf(start);
    asked.push(key);
    if (key === 'beginning') {
      if (failed) return Promise.resolve(page(0, 1));
      failed = true;
      onNext?.('page 1');
      return Promise.reject(new Error('half an answer'));
    }
    return new Promise((resolve) => {
      later.push(() => {
        onNext?.('page 2');
        resolve(page(1, 2));
      });
    });
  });
  await expect(pages.page('beginning')).rejects.toThrow('half an answer');
  // It is tried again, and only then does the page come that was requested ahead the first time.
  const again = pages.page('beginning');
  later[0]?.();
  await again;
  expect(asked).toEqual(['beginning', 'page 1', 'beginning']);
});

/** What a service does with the requests of a page, one after another; then it answers. */
const TROUBLE = fc.array(fc.constantFrom('fails', 'gone', 'too large', 'refuses'), { maxLength: 2 });
/** What it says of the next page before the items: nothing, the truth, or something else. */
const HINT = fc.constantFrom(undefined, 'right', 'right', 'right', 'wrong');
const SERVICE = fc.array(fc.record({ trouble: TROUBLE, hint: HINT, slow: fc.boolean(), back: fc.boolean() }), { minLength: 1, maxLength: 6 });
type Service = (typeof SERVICE) extends fc.Arbitrary<infer T> ? T : never;

async function walked(service: Service, withHints: boolean): Promise<unknown> {
  const troubles = service.map(({ trouble }) => [...trouble]);
  const tryOnce: PageRequest = async (start, onNext) => {
    const number = start === 'beginning' ? 0 : Number(keyOf(start).slice('page '.length));
    const { hint, slow, back } = service[number]!;
    if (slow) await new Promise((resolve) => { setImmediate(resolve); });
    const trouble = troubles[number]?.shift();
    if (trouble === 'gone') return { gone: 'resyncRequired', location: undefined } satisfies DeltaGone;
    if (trouble !== undefined) throw new WatchError(trouble === 'refuses' ? 'refused' : 'network', trouble, trouble === 'too large' ? { code: 'pageTooLarge' } : {});
    const next = number + 1 < service.length ? (back ? 0 : number + 1) : undefined;
    if (withHints && hint !== undefined && next !== undefined) onNext?.(`page ${hint === 'right' ? next : service.length - 1}`);
    return page(number, next);
  };
  const patiently: EnumerateOptions['patiently'] = async (work) => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await work();
      } catch (error) {
        if ((error as WatchError).category === 'refused' || tries === 5) throw error;
      }
    }
  };
  const seen: unknown[] = [];
  const options: EnumerateOptions = { tryOnce, patiently, restartPatiently: patiently, now: () => 0, onProgress: (progress) => { seen.push(progress); } };
  const end = await walkDrive(options, undefined, () => { seen.push('start'); }, (items) => {
    seen.push(items);
    return items.length;
  }).catch((error: unknown) => String(error));
  return { seen, end };
}

it('changes nothing that anybody sees of an enumeration, whatever the service does', async () => {
  // Where a page that nobody reads uses up a trouble, that is no difference in what is seen: wrong hints come without trouble.
  const services = SERVICE.filter((service) => service.every(({ back }) => !back) || service.every(({ trouble }) => trouble.length === 0))
    .map((service) => (service.some(({ hint }) => hint === 'wrong') ? service.map((each) => ({ ...each, trouble: [] })) : service));
  await fc.assert(fc.asyncProperty(services, async (service) => {
    expect(await walked(service, true)).toEqual(await walked(service, false));
  }), { numRuns: 300 });
});
