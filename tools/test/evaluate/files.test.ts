import { describe, expect, it } from 'vitest';
import { parseBoxes } from '../../evaluate/boxes-file.js';
import { parsePairs } from '../../evaluate/pairs.js';
import { nearestToCentre } from '../../evaluate/photo-faces.js';

describe('parsePairs', () => {
  it("reads LFW's pairs.txt with its folds", () => {
    const text = '2\t1\nAda\t1\t12\nAda\t1\tBob\t3\nCyd\t2\t4\nCyd\t1\tDan\t1\n';
    expect(parsePairs(text, 'pairs.txt')).toEqual([
      { a: 'Ada/Ada_0001.jpg', b: 'Ada/Ada_0012.jpg', same: true, fold: 0 },
      { a: 'Ada/Ada_0001.jpg', b: 'Bob/Bob_0003.jpg', same: false, fold: 0 },
      { a: 'Cyd/Cyd_0002.jpg', b: 'Cyd/Cyd_0004.jpg', same: true, fold: 1 },
      { a: 'Cyd/Cyd_0001.jpg', b: 'Dan/Dan_0001.jpg', same: false, fold: 1 },
    ]);
  });
  it('deals CSV pairs to ten folds, each kind alike', () => {
    const rows = Array.from({ length: 40 }, (_, i) => `x${i}.jpg,y${i}.jpg,${i < 20 ? 1 : 0}`);
    const pairs = parsePairs(['a,b,same', ...rows].join('\n'), 'p.csv');
    for (let fold = 0; fold < 10; fold++) {
      expect(pairs.filter((p) => p.fold === fold).map((p) => p.same)).toEqual([true, true, false, false]);
    }
  });
  it('keeps folds that the CSV gives', () => {
    expect(parsePairs('a,b,same,fold\nx,y,1,7\nx,z,0,3\n', 'p.csv').map((p) => p.fold)).toEqual([7, 3]);
  });
  it.each([
    ['a,b,same\nx,y,2\n', /row 1 must give/],
    ['a,b,same\nx,y,1\n', /pairs of one person and pairs of two/],
    ['10\t300\nAda\t1\t2\n', /says 6000 pairs and holds 1/],
  ])('refuses %j', (text, message) => {
    expect(() => parsePairs(text, 'bad')).toThrow(message);
  });
});

describe('parseBoxes', () => {
  it("reads WIDER FACE's format, invalid faces and empty pictures included", () => {
    const text =
      'a/1.jpg\n2\n1 2 30 40 0 0 0 0 0 0\n5 6 7 8 0 0 0 1 0 0\na/2.jpg\n0\n0 0 0 0 0 0 0 0 0 0\nb.jpg\n1\n0 0 9 9\n';
    const boxes = parseBoxes(text, 'gt.txt');
    expect([...boxes.keys()]).toEqual(['a/1.jpg', 'a/2.jpg', 'b.jpg']);
    expect(boxes.get('a/1.jpg')).toEqual([
      { box: { x: 1, y: 2, width: 30, height: 40 }, ignored: false },
      { box: { x: 5, y: 6, width: 7, height: 8 }, ignored: true },
    ]);
    expect(boxes.get('a/2.jpg')).toEqual([]);
    expect(parseBoxes(text, 'gt.txt', { minSize: 10 }).get('b.jpg')?.[0].ignored).toBe(true);
  });
  it('names the line of an error', () => {
    expect(() => parseBoxes('a.jpg\n1\n1 2 x 4\n', 'gt.txt')).toThrow(/gt\.txt, line 3/);
  });
});

it('takes the face nearest the centre, not the largest or surest', () => {
  const image = { format: 'gray8', width: 100, height: 100, data: new Uint8Array(10_000) } as const;
  const large = { box: { x: 0, y: 0, width: 60, height: 60 }, score: 0.99 };
  const central = { box: { x: 45, y: 45, width: 12, height: 12 }, score: 0.6 };
  expect(nearestToCentre([large, central], image)).toBe(central);
});
