import { describe, expect, it } from 'vitest';
import { parseNumber, parseTime, parseWhole } from '../src/parse.js';

describe('parseTime', () => {
  it.each([
    ['90', 90_000],
    ['1.5', 1500],
    ['01:30', 90_000],
    ['1:02:03.5', 3_723_500],
  ])('reads %s', (text, ms) => expect(parseTime(text)).toBe(ms));
  it.each(['', 'abc', '1:75', '-3', '1:2:3:4', '1e3'])('refuses "%s"', (text) => {
    expect(() => parseTime(text)).toThrow(/must be seconds/);
  });
});

describe('parseNumber and parseWhole', () => {
  it('keep to their range', () => {
    expect(parseNumber(0, 1)('0.25')).toBe(0.25);
    expect(() => parseNumber(0, 1)('1.01')).toThrow(/from 0 to 1/);
    expect(() => parseNumber(0, 1)(' ')).toThrow(/from 0 to 1/);
    expect(() => parseWhole(1, 9)('2.5')).toThrow(/whole number/);
  });
});
