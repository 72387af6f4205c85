import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bucketName, isClusterName, keyWord, memberKey, memberOfKey, targetKey, textOfWord } from '../../../src/cluster/keys.ts';

const texts = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).filter((text) => text.isWellFormed());

describe('a word of a key', () => {
  it('has only characters that a NATS key may have, and can be turned back into its text', () => {
    fc.assert(fc.property(texts, (text) => {
      const word = keyWord(text);
      expect(word).toMatch(/^[A-Za-z0-9_=-]+$/);
      expect(textOfWord(word)).toBe(word.startsWith('==') ? undefined : text);
    }));
  });

  it('is different for any two texts, even with dots, stars and wildcards', () => {
    fc.assert(fc.property(texts, texts, (one, other) => {
      expect(keyWord(one) === keyWord(other)).toBe(one === other);
    }));
    expect(keyWord('a.b*>=%')).toBe('a=2Eb=2A=3E=3D=25');
  });

  it('is a hash if it would be too long for the protocol, even of texts that differ only at their ends', () => {
    const long = 'ü'.repeat(300);
    expect(keyWord(long)).toMatch(/^==[0-9a-f]{64}$/);
    expect(keyWord(`${long}x`)).not.toBe(keyWord(long));
    expect(textOfWord(keyWord(long))).toBeUndefined();
    expect(keyWord('x'.repeat(512))).toHaveLength(512);
    expect(keyWord('x'.repeat(513))).toHaveLength(66);
  });
});

describe('keys', () => {
  it('of members are distinguished from all others', () => {
    expect(memberOfKey(memberKey('web-1.00ff'))).toBe('web-1.00ff');
    for (const key of ['shared.list', 'shared.pause', 'shared.members.a', targetKey('shared.member.a')]) expect(memberOfKey(key)).toBeUndefined();
  });

  it('of buckets contain the name of their cluster, which has no dots and is not too long', () => {
    expect(bucketName('prod')).toBe('graph-watch-prod');
    for (const name of ['prod', 'A-b_9', 'x'.repeat(64)]) expect(isClusterName(name)).toBe(true);
    for (const name of ['', 'a.b', 'a b', 'ü', 'a\n', '*', 'x'.repeat(65)]) expect(isClusterName(name)).toBe(false);
  });
});
