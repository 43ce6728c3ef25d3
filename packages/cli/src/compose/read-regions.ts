import type { Box, PhotoRecord } from '@fr-stream/core';
import { matchRegions, placeAreas, type FaceRegion, type RegionArea } from '@fr-stream/library';
import type { Metadata, MpRegion, MwgRegion, PeopleTags, ReadTags } from './exiftool.js';
import { acdSeeAreas, acdSeeSize, iptcAreas, nameText, type NamedArea } from './other-regions.js';
import type { PicasaFiles } from './picasa-ini.js';

export interface ReadRegions {
  readonly regions: readonly FaceRegion[];
  /** Names of regions that were written for a picture of another shape: it has been cropped since. */
  readonly stale: readonly string[];
}

/** Regions of one file, all placed in one way. */
interface Source {
  readonly areas: readonly NamedArea[];
  readonly appliedTo: { readonly width: number; readonly height: number } | undefined;
}

/** For which picture MWG's regions were written, in pixels; undefined where that is not said. */
export function appliedTo({ RegionInfo }: PeopleTags): { width: number; height: number } | undefined {
  const { W, H, Unit = 'pixel' } = RegionInfo?.AppliedToDimensions ?? {};
  const [width, height] = [Number(W), Number(H)];
  return Unit === 'pixel' && width > 0 && height > 0 ? { width, height } : undefined;
}

/** The regions of a file that MWG's structure holds. */
export function mwgRegions({ RegionInfo }: PeopleTags): readonly MwgRegion[] {
  return [RegionInfo?.RegionList ?? []].flat();
}

/** MWG's regions are of pets, barcodes and focus points, too. */
export function isFaceRegion({ Type }: MwgRegion): boolean {
  return Type === undefined || /^face$/i.test(Type);
}

/** @param size of the picture that a region was written for. @returns undefined for what is no rectangle or circle. */
export function areaOf(
  { Area }: MwgRegion,
  size: { readonly width: number; readonly height: number } | undefined,
): RegionArea | undefined {
  if (Area === undefined) return undefined;
  const inPixels = Area.Unit === 'pixel';
  if (inPixels && size === undefined) return undefined;
  const [width, height] = inPixels && size !== undefined ? [size.width, size.height] : [1, 1];
  const [x, y] = [Number(Area.X) / width, Number(Area.Y) / height];
  const [w, h] = [Number(Area.W ?? Area.D) / width, Number(Area.H ?? Area.D) / height];
  return [x, y, w, h].every(Number.isFinite) && w > 0 && h > 0 ? { x, y, w, h } : undefined;
}

/** Of Microsoft's, which gives the upper left corner. */
export function rectangleOf({ Rectangle }: MpRegion): RegionArea | undefined {
  const [left = NaN, top = NaN, w = NaN, h = NaN] = String(Rectangle ?? '')
    .split(',')
    .map(Number);
  if (![left, top, w, h].every(Number.isFinite) || w <= 0 || h <= 0) return undefined;
  return { x: left + w / 2, y: top + h / 2, w, h };
}

/** The named faces of the regions of one file. @param stored size of the picture as it is stored, in pixels. */
function namedAreas(
  tags: ReadTags,
  stored: { width: number; height: number } | undefined,
): readonly Source[] {
  const size = appliedTo(tags);
  const areas: NamedArea[] = [];
  const add = (name: unknown, area: RegionArea | undefined): void => {
    const text = nameText(name);
    if (text !== '' && area !== undefined) areas.push({ name: text, area });
  };
  for (const region of mwgRegions(tags)) if (isFaceRegion(region)) add(region.Name, areaOf(region, size));
  for (const region of [tags.RegionInfoMP?.Regions ?? []].flat())
    add(region.PersonDisplayName, rectangleOf(region));
  const { RegionInfoACDSee: acdSee, ImageRegion: iptc } = tags;
  return [
    { areas, appliedTo: size },
    { areas: iptcAreas(iptc, stored), appliedTo: undefined },
    { areas: acdSeeAreas(acdSee), appliedTo: acdSee && acdSeeSize(acdSee) },
  ];
}

/** Sidecars do not say it: it is the picture's. */
function sizeOf(stored: ReadTags | undefined): { width: number; height: number } | undefined {
  const [width, height] = [Number(stored?.ImageWidth), Number(stored?.ImageHeight)];
  return width > 0 && height > 0 ? { width, height } : undefined;
}

/** What a photo's file, its sidecars (`photo.jpg.xmp`, `photo.xmp`) and Picasa's file say of the faces in it. */
export async function readRegions(
  photo: PhotoRecord,
  faces: readonly Box[],
  { metadata, picasa }: { readonly metadata: Metadata; readonly picasa: PicasaFiles },
): Promise<ReadRegions> {
  const stored = await metadata.read(photo.path);
  const beside = [`${photo.path}.xmp`, photo.path.replace(/\.[^./\\]+$/, '.xmp')];
  const sidecars = await Promise.all([...new Set(beside)].map((path) => metadata.read(path)));
  const sources: Source[] = [stored, ...sidecars].flatMap((tags) =>
    tags === undefined ? [] : namedAreas(tags, sizeOf(stored)),
  );
  sources.push({ areas: await picasa.of(photo.path), appliedTo: undefined });
  const regions: FaceRegion[] = [];
  const stale: string[] = [];
  for (const { areas, appliedTo: size } of sources) {
    const placed = placeAreas(
      areas.map(({ area }) => area),
      size,
      photo,
      stored?.Orientation ?? 1,
      faces,
    );
    if (placed === undefined) stale.push(...areas.map(({ name }) => name));
    for (const [i, box] of (placed?.boxes ?? []).entries()) {
      const name = areas[i]?.name;
      // The layouts say the same several times.
      const said = matchRegions(
        [box],
        regions.map((one) => one.box),
        0.5,
      );
      if (name !== undefined && said.length === 0) regions.push({ name, box });
    }
  }
  return { regions, stale };
}
