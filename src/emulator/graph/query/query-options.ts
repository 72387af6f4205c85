import { GraphError, invalidRequest } from '../errors.ts';
import { parseFilter } from './filter.ts';
import type { Filter } from './filter.ts';

export interface Expansion {
  name: string;
  /** The options in parentheses: `children($select=id;$top=2)`. */
  query: URLSearchParams;
}

/** The OData query options of a request. */
export interface QueryOptions {
  select: readonly string[] | undefined;
  expand: readonly Expansion[];
  filter: Filter | undefined;
  orderBy: readonly { path: string; descending: boolean }[];
  count: boolean;
  top: number | undefined;
  skip: number;
  /** An offset, in the links that the emulator writes. */
  skipToken: number;
  search: string | undefined;
}

const NAMES = ['select', 'expand', 'filter', 'orderby', 'count', 'top', 'skip', 'skiptoken', 'search'] as const;
export type OptionName = (typeof NAMES)[number];

/** The options that every collection understands. */
export const OF_COLLECTIONS: readonly OptionName[] = ['select', 'filter', 'orderby', 'count', 'top', 'skip', 'skiptoken'];

/**
 * Reads the OData options of a query, with or without `$`. Throws Graph's 400 for an option that the
 * resource does not support, by its name: ignoring an option would give wrong answers. Other
 * parameters are left to the resource.
 */
export function readQuery(query: URLSearchParams, supported: readonly OptionName[]): QueryOptions {
  const values = new Map<OptionName, string>();
  for (const [written, value] of query) {
    const name = written.replace(/^\$/, '').toLowerCase();
    const option = NAMES.find((known) => known === name);
    if (option === undefined || !supported.includes(option)) {
      if (!written.startsWith('$') && (option === undefined || option === 'search')) continue;
      throw unsupportedOption(`$${name}`);
    }
    if (values.has(option)) throw invalidRequest(`Query option '$${name}' was specified more than once.`);
    values.set(option, value);
  }
  const filter = values.get('filter');
  return {
    select: values.get('select') === undefined ? undefined : listOf(values.get('select') ?? ''),
    expand: expansionsOf(values.get('expand') ?? ''),
    filter: filter === undefined ? undefined : parseFilter(filter),
    orderBy: listOf(values.get('orderby') ?? '').map(orderOf),
    count: flagOf(values.get('count')),
    top: values.has('top') ? numberOf('$top', values.get('top'), 1) : undefined,
    skip: numberOf('$skip', values.get('skip') ?? '0', 0),
    skipToken: numberOf('$skiptoken', values.get('skiptoken') ?? '0', 0),
    search: values.get('search'),
  };
}

export function unsupportedOption(name: string): GraphError {
  return new GraphError(400, 'notSupported', `The query option '${name}' is not supported for this resource.`);
}

function listOf(text: string): string[] {
  return text.split(',').map((part) => part.trim()).filter((part) => part !== '');
}

function orderOf(text: string): { path: string; descending: boolean } {
  const [, path = '', direction = 'asc'] = /^(\S+?)(?:\s+(asc|desc))?$/i.exec(text) ?? [];
  if (path === '') throw invalidRequest(`Invalid $orderby: ${text}`);
  return { path, descending: direction.toLowerCase() === 'desc' };
}

function flagOf(text: string | undefined): boolean {
  if (text === undefined) return false;
  if (!/^(true|false)$/i.test(text)) throw invalidRequest(`Invalid value '${text}' for $count query option found. Valid values are 'true' and 'false'.`);
  return text.toLowerCase() === 'true';
}

function numberOf(name: string, text: string | undefined, least: number): number {
  const value = /^\d+$/.test(text ?? '') ? Number(text) : -1;
  if (value < least) throw invalidRequest(`Invalid value '${text ?? ''}' for ${name} query option found. An integer of at least ${least} is required.`);
  return value;
}

/** Splits at commas outside parentheses. */
function expansionsOf(text: string): Expansion[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const [, name = '', options = ''] = /^([\w.]+)(?:\((.*)\))?$/.exec(part) ?? [];
      if (name === '') throw invalidRequest(`Invalid $expand: ${part}`);
      const query = new URLSearchParams();
      for (const option of options.split(';').filter((each) => each !== '')) {
        const at = option.indexOf('=');
        query.append(option.slice(0, at).trim(), option.slice(at + 1));
      }
      return { name, query };
    });
}
