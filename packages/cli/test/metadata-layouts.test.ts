import { execFile, spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fetchAsset, SqliteGalleryStore, SqlitePhotoLibrary } from '@fr-stream/backend-node';
import { collected } from '@fr-stream/core';
import type { WriteTags } from 'exiftool-vendored';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Metadata } from '../src/compose/exiftool.js';
import { PicasaFiles } from '../src/compose/picasa-ini.js';
import { DEMO_ASSETS } from '../src/demo/assets.js';
import { runCli } from './run-cli.js';

/**
 * Regions as other programs lay them out, written by exiv2 (which digiKam and others are built on) and by hand, over a
 * photo of four women side by side.
 */
const run = promisify(execFile);
const exiv2 = spawnSync('exiv2', ['--version']).status === 0;
if (!exiv2) console.warn('metadata-layouts: skipped, exiv2 is not installed');

/** Centres and sizes of the faces in the upright photo, in shares of it, from the left. */
const FACES = [
  { x: 0.187, y: 0.406, w: 0.11, h: 0.183 },
  { x: 0.397, y: 0.31, w: 0.088, h: 0.199 },
  { x: 0.666, y: 0.287, w: 0.101, h: 0.188 },
  { x: 0.827, y: 0.269, w: 0.105, h: 0.211 },
] as const;
const [WIDTH, HEIGHT] = [960, 768];
/** Names as people bear them: in other scripts, of digits, with what XML and separators mean. */
const NAMES = ['Анна Ахматова', '李清照', '1984', 'Ní <& "Ø|/'] as const;

interface Region {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** Where they lie in the picture as it is stored, by EXIF orientation; sizes are `scale` times those of the faces. */
function stored(orientation: number, scale = 1): readonly Region[] {
  return FACES.map(({ x, y, w, h }, i) => {
    const name = NAMES[i] ?? '';
    const [a, b] = [w * scale, h * scale];
    // Turned a quarter clockwise to be shown: its upper edge is stored at the left.
    if (orientation === 6) return { name, x: y, y: 1 - x, w: b, h: a };
    if (orientation === 8) return { name, x: 1 - y, y: x, w: b, h: a };
    if (orientation === 3) return { name, x: 1 - x, y: 1 - y, w: a, h: b };
    return { name, x, y, w: a, h: b };
  });
}

let folder: string;
let gallery: string;
const at = (name: string): string => join(folder, 'photos', name);
const cli = (...args: string[]) => runCli([...args, '--gallery', gallery]);

/** Degrees by which the upright picture is turned to be stored. */
const TURNED: Readonly<Record<number, number>> = { 1: 0, 3: 180, 6: 270, 8: 90 };

async function photo(name: string, orientation: number): Promise<string> {
  const picture = sharp(await fetchAsset(DEMO_ASSETS.strangers)).resize(WIDTH, HEIGHT, { fit: 'fill' });
  const turned = sharp(await picture.toBuffer()).rotate(TURNED[orientation] ?? 0);
  await turned.jpeg({ quality: 92 }).withMetadata({ orientation }).toFile(at(name));
  return at(name);
}

const size = (orientation: number) => (orientation >= 5 ? [HEIGHT, WIDTH] : [WIDTH, HEIGHT]);

/** As digiKam writes: MWG's regions and Microsoft's, by exiv2. */
async function digiKam(path: string, orientation: number): Promise<void> {
  const [w, h] = size(orientation);
  const root = 'Xmp.mwg-rs.Regions';
  const people = 'Xmp.MP.RegionInfo/MPRI:Regions';
  const lines = [
    `set ${root}/mwg-rs:AppliedToDimensions/stDim:w ${w}`,
    `set ${root}/mwg-rs:AppliedToDimensions/stDim:h ${h}`,
    `set ${root}/mwg-rs:AppliedToDimensions/stDim:unit pixel`,
    `set ${root}/mwg-rs:RegionList XmpText type="Bag"`,
    `set ${people} XmpText type="Bag"`,
  ];
  for (const [i, { name, ...area }] of stored(orientation).entries()) {
    const one = `set ${root}/mwg-rs:RegionList[${i + 1}]`;
    lines.push(`${one}/mwg-rs:Name ${name}`, `${one}/mwg-rs:Type Face`);
    for (const key of ['x', 'y', 'w', 'h'] as const)
      lines.push(`${one}/mwg-rs:Area/stArea:${key} ${area[key]}`);
    lines.push(`${one}/mwg-rs:Area/stArea:unit normalized`);
    const [left, top] = [area.x - area.w / 2, area.y - area.h / 2];
    lines.push(
      `set ${people}[${i + 1}]/MPRI:PersonDisplayName ${name}`,
      `set ${people}[${i + 1}]/MPRI:Rectangle ${left}, ${top}, ${area.w}, ${area.h}`,
    );
  }
  await writeFile(join(folder, 'commands'), `${lines.join('\n')}\n`);
  await run('exiv2', ['-m', join(folder, 'commands'), path]);
}

const ZOE = { PersonDisplayName: 'Zoë', Rectangle: '0.9, 0.9, 0.05, 0.05' };

/** What is of no face that is found: a dog, where a camera has focused, and somebody who is hardly to be seen. */
async function addOthers(path: string): Promise<void> {
  await using metadata = await Metadata.open();
  const { RegionInfo } = (await metadata.read(path)) ?? {};
  const list = RegionInfo?.RegionList ?? [];
  const area = { X: 0.9, Y: 0.9, W: 0.05, H: 0.05, Unit: 'normalized' };
  const others = [
    { Name: 'Rex', Type: 'Pet', Area: area },
    { Type: 'Focus', Area: list[0]?.Area ?? area },
  ];
  await metadata.write(path, {
    RegionInfo: { ...RegionInfo, RegionList: [...list, ...others] },
    RegionInfoMP: { Regions: [ZOE] },
    PersonInImage: ['Zoë'],
  });
}

const xml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

const packet = (body: string): string =>
  `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#"
 xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
 xmlns:MP="http://ns.microsoft.com/photo/1.2/" xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#"
 xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#">${body}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`;

/** As Lightroom writes: attributes, a rotation with each, boxes around heads. */
function lightroom(
  regions: readonly Region[],
  [w = 0, h = 0]: readonly number[],
  unit = 'normalized',
): string {
  const list = regions.map(
    ({ name, ...area }) => `<rdf:li><rdf:Description mwg-rs:Rotation="0.00000" mwg-rs:Name="${xml(name)}"
 mwg-rs:Type="Face"><mwg-rs:Area stArea:h="${area.h}" stArea:w="${area.w}" stArea:x="${area.x}" stArea:y="${area.y}"
 stArea:unit="${unit}"/></rdf:Description></rdf:li>`,
  );
  return packet(`<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:AppliedToDimensions stDim:w="${w}" stDim:h="${h}"
 stDim:unit="pixel"/><mwg-rs:RegionList><rdf:Bag>${list.join('')}</rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>`);
}

/** As Windows Live Photo Gallery writes: its own only. */
const microsoft = (regions: readonly Region[]): string =>
  packet(
    `<MP:RegionInfo rdf:parseType="Resource"><MPRI:Regions><rdf:Bag>${regions
      .map(
        ({ name, x, y, w, h }) => `<rdf:li><rdf:Description MPReg:PersonDisplayName="${xml(name)}"
 MPReg:Rectangle="${x - w / 2}, ${y - h / 2}, ${w}, ${h}"/></rdf:li>`,
      )
      .join('')}</rdf:Bag></MPRI:Regions></MP:RegionInfo>`,
  );

/** Puts an XMP packet into a photo. */
async function embed(path: string, xmp: string): Promise<void> {
  await writeFile(path.replace(/jpg$/, 'xmp'), xmp);
  await run('exiv2', ['-i', 'X', path]);
  await rm(path.replace(/jpg$/, 'xmp'));
}

/** As Picasa writes in its own file: 16 bits for each edge, zeros at the front left away. */
function picasa(file: string, regions: readonly Region[]): string {
  const hex = (share: number): string =>
    Math.round(share * 0xffff)
      .toString(16)
      .padStart(4, '0');
  const faces = regions.map(({ x, y, w, h }, i) => {
    const edges = [x - w / 2, y - h / 2, x + w / 2, y + h / 2].map(hex).join('');
    return `rect64(${edges.replace(/^0+/, '')}),${i + 1}f`;
  });
  // Picasa leaves names away here that its own contacts have.
  const people = regions.flatMap(({ name }, i) => (i < 2 ? [`${i + 1}f=${name};ada@example.org;`] : []));
  const nobody = 'rect64(3f845bcb59418507),ffffffffffffffff';
  return `\uFEFF[Picasa]\r\nname=Row\r\n[${file}]\r\nfaces=${[nobody, ...faces].join(';')}\r\nbackuphash=1\r\n[Contacts2]\r\n${people.join('\r\n')}\r\n`;
}

/** IPTC's regions, of which one names whom it shows, and the others the region; upper left corners, a circle, a polygon. */
async function iptc(path: string, orientation: number): Promise<void> {
  const [width = 1, height = 1] = size(orientation);
  const human = [{ Identifier: ['http://cv.iptc.org/newscodes/imageregiontype/human'] }];
  const regions = stored(orientation).map(({ name, x, y, w, h }, i) => {
    const corner = { RbX: x - w / 2, RbY: y - h / 2, RbW: w, RbH: h };
    const boundary = [
      { RbShape: 'rectangle', RbUnit: 'relative', ...corner },
      // Its radius is a share of the width.
      { RbShape: 'circle', RbUnit: 'relative', RbX: x, RbY: y, RbRx: (h / 2) * (height / width) },
      {
        RbShape: 'rectangle',
        RbUnit: 'pixel',
        RbX: corner.RbX * width,
        RbY: corner.RbY * height,
        RbW: w * width,
        RbH: h * height,
      },
      {
        RbShape: 'polygon',
        RbUnit: 'relative',
        RbVertices: [
          { RbX: x - w / 2, RbY: y },
          { RbX: x, RbY: y - h / 2 },
          { RbX: x + w / 2, RbY: y },
          { RbX: x, RbY: y + h / 2 },
        ],
      },
    ][i];
    const who = i === 1 ? { Name: 'a woman', PersonInImage: [name] } : { Name: name, RCtype: human };
    return { RegionBoundary: boundary, ...who };
  });
  const dog = {
    Name: 'Rex',
    RCtype: [{ Identifier: ['http://cv.iptc.org/newscodes/imageregiontype/animal'] }],
    RegionBoundary: regions[0]?.RegionBoundary,
  };
  await write(path, { 'XMP-iptcExt:ImageRegion': [dog, ...regions] });
}

/** ACDSee's: what was found, what was moved by hand, and a name that was turned down. */
async function acdSee(path: string, orientation: number): Promise<void> {
  const [W, H] = size(orientation);
  const RegionList = stored(orientation).map(({ name: Name, ...area }, i) => {
    const right = { X: area.x, Y: area.y, W: area.w, H: area.h };
    const wrong = { X: 0.05, Y: 0.95, W: 0.05, H: 0.05 };
    const areas = i === 0 ? { DLYArea: right, ALGArea: wrong } : { ALGArea: right };
    return { Name, Type: 'Face', NameAssignType: 'manual', ...areas };
  });
  const denied = { ...RegionList[0], Name: 'Nobody', NameAssignType: 'denied' };
  const AppliedToDimensions = { W, H, Unit: 'pixel' };
  await write(path, {
    'XMP-acdsee-rs:RegionInfoACDSee': { AppliedToDimensions, RegionList: [denied, ...RegionList] },
  });
}

/** By ExifTool itself, whose structures these are. */
async function write(path: string, tags: object): Promise<void> {
  const { exiftool } = await import('exiftool-vendored');
  await exiftool.write(path, tags as WriteTags, { writeArgs: ['-overwrite_original'] });
}

/** Picasa's: the third and the fourth of the row, and somebody whom the folder's own file calls otherwise. */
const CONTACTS = `<?xml version="1.0" encoding="utf-8" standalone="yes"?>
<contacts>
 <contact id="1f" name="Somebody Else" modified_time="2012-08-31T10:11:12+02:00" local_contact="1"/>
 <contact id="000000000000003f" name="" display="${NAMES[2]}" modified_time="2012-08-31T10:11:12+02:00"/>
 <contact id="4f" name="${xml(NAMES[3]).replace('Ø', '&#xD8;')}"><subject id="1"/></contact>
</contacts>
`;

/** Who is in a photo, from the left. */
async function whoIsIn(name: string): Promise<readonly (string | undefined)[]> {
  await using photos = await SqlitePhotoLibrary.open(gallery);
  await using store = await SqliteGalleryStore.open(gallery);
  const { people } = await store.outline();
  const record = await photos.photo(at(name));
  const faces = await collected(photos.faces({ hashes: [record?.hash ?? ''] }));
  return [...faces]
    .sort((a, b) => a.detection.box.x - b.detection.box.x)
    .map(({ personId }) => people.find(({ id }) => id === personId)?.name);
}

describe.skipIf(!exiv2)('regions of other programs', { timeout: 180_000 }, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fr-stream-metadata-'));
    await run('mkdir', [join(folder, 'photos')]);
    gallery = join(folder, 'g.db');
    await digiKam(await photo('digikam6.jpg', 6), 6);
    await addOthers(at('digikam6.jpg'));
    // Heads rather than faces, and stored upside down.
    await embed(await photo('lightroom3.jpg', 3), lightroom(stored(3, 1.7), size(3)));
    await embed(await photo('microsoft8.jpg', 8), microsoft(stored(8)));
    // A sidecar with Adobe's name, whose areas are those of the photo as it is shown, as its size says.
    await photo('upright8.jpg', 8);
    await writeFile(at('upright8.xmp'), lightroom(stored(1), size(1)));
    // The size of the photo as it is shown, and areas of the stored one: seen with real files.
    await photo('mixed6.jpg', 6);
    await writeFile(at('mixed6.jpg.xmp'), lightroom(stored(6), size(1)));
    const pixels = stored(1).map(({ name, x, y, w, h }) => ({
      name,
      x: x * WIDTH,
      y: y * HEIGHT,
      w: w * WIDTH,
      h: h * HEIGHT,
    }));
    await embed(await photo('pixels1.jpg', 1), lightroom(pixels, size(1), 'pixel'));
    await photo('picasa6.jpg', 6);
    await writeFile(at('.picasa.ini'), picasa('picasa6.jpg', stored(6)));
    await writeFile(join(folder, 'contacts.xml'), CONTACTS);
    await iptc(await photo('iptc6.jpg', 6), 6);
    await acdSee(await photo('acdsee8.jpg', 8), 8);
    // Its left third has been cut away since: the regions say nothing of what is left.
    await photo('cropped.jpg', 1);
    await sharp(await readFile(at('cropped.jpg')))
      .extract({ left: 320, top: 0, width: 640, height: 768 })
      .toFile(join(folder, 'cut.jpg'));
    await copyFile(join(folder, 'cut.jpg'), at('cropped.jpg'));
    await embed(at('cropped.jpg'), lightroom(stored(1), size(1)));
    expect((await cli('library', 'add', join(folder, 'photos'))).code).toBe(0);
  }, 180_000);
  afterAll(async () => {
    await (await import('exiftool-vendored')).exiftool.end();
    await rm(folder, { recursive: true, force: true });
  });

  it('are about the faces that they are about, whatever way up, in whatever unit', async () => {
    const contacts = ['--picasa-contacts', join(folder, 'contacts.xml')];
    const read = await cli('library', 'read-metadata', '--trust-metadata', ...contacts);
    expect(read).toMatchObject({ code: 0, stdout: '' });
    expect(read.stderr).toContain('cropped.jpg: its regions');
    for (const name of [
      'digikam6.jpg',
      'lightroom3.jpg',
      'microsoft8.jpg',
      'upright8.jpg',
      'mixed6.jpg',
      'pixels1.jpg',
      'picasa6.jpg',
      'iptc6.jpg',
      'acdsee8.jpg',
    ])
      expect([name, ...(await whoIsIn(name))]).toEqual([name, ...NAMES]);
    expect(await whoIsIn('cropped.jpg')).not.toContain(NAMES[0]);
  });

  it('come out as exiv2 reads them, beside what is of others, and go again', async () => {
    const target = at('digikam6.jpg');
    await cli('gallery', 'rename', '1984', 'Jane "Агент"');
    const written = await cli('library', 'write-metadata', '--write-metadata', '--under', target);
    expect(written.stderr).toContain('4 faces with a name, 1 file written');
    const { stdout } = await run('exiv2', ['-PXkv', target]);
    const values = (key: RegExp): readonly string[] =>
      stdout.split('\n').flatMap((line) => {
        const [, name = '', value = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
        return key.test(name) ? [value] : [];
      });
    const names = [NAMES[0], NAMES[1], 'Jane "Агент"', NAMES[3]];
    expect([...values(/mwg-rs:Name$/)].sort()).toEqual(['Rex', ...names].sort());
    expect([...values(/PersonDisplayName$/)].sort()).toEqual(['Zoë', ...names].sort());
    expect(values(/mwg-rs:Type$/).filter((type) => type === 'Focus')).toHaveLength(1);
    expect(values(/PersonInImage$/).join()).toContain('Zoë');
    expect([values(/stDim:w$/)[0], values(/stDim:h$/)[0]]).toEqual(['768', '960']);
    // Where they are in the picture as it is stored.
    const number = stdout.split('\n').find((line) => line.includes('mwg-rs:Name') && line.endsWith(NAMES[0]));
    const place = /RegionList\[(\d+)\]/.exec(number ?? '')?.[1] ?? '';
    const [x, y] = ['x', 'y'].map((key) =>
      Number(values(new RegExp(`RegionList\\[${place}\\]/mwg-rs:Area/stArea:${key}$`))[0]),
    ) as [number, number];
    expect(Math.abs(x - (stored(6)[0]?.x ?? NaN))).toBeLessThan(0.03);
    expect(Math.abs(y - (stored(6)[0]?.y ?? NaN))).toBeLessThan(0.03);
    await cli('library', 'write-metadata', '--undo');
    await using metadata = await Metadata.open();
    const { RegionInfo, RegionInfoMP, PersonInImage } = (await metadata.read(target)) ?? {};
    expect(RegionInfo?.RegionList?.map(({ Name }) => Name)).toEqual([
      ...NAMES.slice(0, 2),
      1984,
      NAMES[3],
      'Rex',
      undefined,
    ]);
    expect([RegionInfoMP?.Regions, PersonInImage]).toEqual([[ZOE], ['Zoë']]);
  });

  it.skipIf(process.platform === 'win32')('are not looked for in what has no end', async () => {
    await expect(PicasaFiles.open('/dev/zero')).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' });
  });

  it('of somebody who is forgotten are not kept for undoing', async () => {
    const target = `${at('pixels1.jpg')}.xmp`;
    await using metadata = await Metadata.open();
    await metadata.write(target, { PersonInImage: [NAMES[1], 'Zoë'] });
    await cli('library', 'write-metadata', '--under', at('pixels1.jpg'));
    expect((await readFile(gallery)).includes(NAMES[1])).toBe(true);
    const { stderr } = await cli('forget', NAMES[1]);
    expect(stderr).toContain('1 file that "fr-stream library write-metadata" wrote says the name');
    await cli('library', 'write-metadata', '--under', at('pixels1.jpg'));
    expect(await readFile(target, 'utf8')).not.toContain(NAMES[1]);
    await cli('library', 'write-metadata', '--undo');
    expect(await metadata.read(target)).toMatchObject({ PersonInImage: ['Zoë'] });
    for (const file of [gallery, `${gallery}-wal`])
      expect((await readFile(file).catch(() => Buffer.alloc(0))).includes(NAMES[1])).toBe(false);
  });
});
