import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isSubjectPrefix, streamNameOf, subjectOf, subjectToken } from '../../../src/publish/subject.ts';

describe('a subject', () => {
  it.each([
    ['me', 'graph-watch.change.me'],
    ['drive:b!4sCT1f9z_-A', 'graph-watch.change.drive:b!4sCT1f9z_-A'],
    ['user:ada@example.com', 'graph-watch.change.user:ada@example%2Ecom'],
    ['list:example.com:/sites/Engineering/Shared Documents', 'graph-watch.change.list:example%2Ecom:%2Fsites%2FEngineering%2FShared%20Documents'],
    ['group:*', 'graph-watch.change.group:%2A'],
    ['list:a/>', 'graph-watch.change.list:a%2F%3E'],
    ['list:a/Verträge', 'graph-watch.change.list:a%2FVertr%C3%A4ge'],
    ['100%', 'graph-watch.change.100%25'],
  ])('of %s is %s', (target, subject) => {
    expect(subjectOf('graph-watch', 'change', target)).toBe(subject);
  });

  it('has the target as one token, from which it can be decoded', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (target) => {
      const token = subjectToken(target);
      expect(token).not.toMatch(/[.*>\s]/);
      expect(token).toMatch(/^[\x21-\x7E]*$/);
      expect(decodeURIComponent(token)).toBe(target);
    }));
  });

  it('replaces a lone surrogate, which UTF-8 cannot encode', () => {
    expect(subjectToken('a\uD800')).toBe('a%EF%BF%BD');
  });
});

describe('a prefix', () => {
  it.each(['graph-watch', 'a', 'corp.graph_watch.eu-1'])('may be %s', (prefix) => {
    expect(isSubjectPrefix(prefix)).toBe(true);
  });

  it.each(['', '.', 'a.', '.a', 'a..b', 'a b', 'a.*', '>', '$JS', 'ä'])('may not be "%s"', (prefix) => {
    expect(isSubjectPrefix(prefix)).toBe(false);
  });

  it('determines the name of a stream', () => {
    expect(streamNameOf('corp.graph-watch')).toBe('corp_graph-watch');
  });
});
