import { describe, expect, it } from '@jest/globals';
import { canonicalId } from '../../src/drive-ids.ts';

describe('an id of a personal drive', () => {
  it.each([
    ['4f0c2a9b71d3e586', '4F0C2A9B71D3E586'],
    ['5c2a9b71d3e4f86', '05C2A9B71D3E4F86'],
    ['05c2a9b71d3e4f86', '05C2A9B71D3E4F86'],
    ['4f0c2a9b71d3e586!s1A', '4F0C2A9B71D3E586!s1a'],
    ['4F0C2A9B71D3E586!s1a', '4F0C2A9B71D3E586!s1a'],
    ['5c2a9b71d3e4f86!105', '05C2A9B71D3E4F86!105'],
    ['9B71D3E4F86!105', '000009B71D3E4F86!105'],
  ])('has one spelling: %s', (id, same) => {
    expect(canonicalId(id)).toBe(same);
  });
});

describe('any other id', () => {
  it.each([
    'b!x', 'b!abcDEF0123456789abcDEF0123456789', 'B!x', 'b!-RIj2DuyvEyV1T4NlOaMHk8XkS_I8MdFlUCq1BlcjgmhRfAj3-Z8RY2VpuvV_tpd',
    '01CYZLFJGUJ7JHBSZDFZFL25KSZGQTVAUN', 'a', 'i7', 'root', '6e4d2b1a-0f3c-4d5e-8a9b-0c1d2e3f4a5b', '', 'CONCEAL!x', '4F0C2A9B71D3E5861!s1a',
  ])('stays as it is: %j', (id) => {
    expect(canonicalId(id)).toBe(id);
  });
});
