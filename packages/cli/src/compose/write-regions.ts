import type { PhotoRecord } from '@fr-stream/core';
import { matchRegions, placeAreas, toArea, type FaceRegion, type RegionArea } from '@fr-stream/library';
import type { MpRegion, MwgRegion, PeopleTags } from './exiftool.js';
import { digest, type WrittenRegions } from './metadata-notes.js';
import { appliedTo, areaOf, isFaceRegion, mwgRegions, rectangleOf } from './read-regions.js';

export interface RegionsToWrite {
  readonly photo: PhotoRecord;
  readonly orientation: number;
  /** Whom the gallery knows in the photo. */
  readonly known: readonly FaceRegion[];
  /** What was noted when the file was first written. */
  readonly earlier: WrittenRegions[string] | undefined;
}

const round = (value: number): number => Math.round(value * 1e6) / 1e6;

const mwgArea = ({ x, y, w, h }: RegionArea) =>
  ({ X: round(x), Y: round(y), W: round(w), H: round(h), Unit: 'normalized' }) as const;

/**
 * What a file says of people once those whom the gallery knows are in it. Regions and names of other programs stay, unless
 * they are about a face that has a name here, or were written for a picture of another shape.
 */
export function withRegions(before: PeopleTags, toWrite: RegionsToWrite): PeopleTags {
  const { photo, orientation, known } = toWrite;
  const [W, H] = orientation >= 5 ? [photo.height, photo.width] : [photo.width, photo.height];
  const areas = known.map(({ name, box }) => ({ name, area: toArea(box, photo, orientation) }));
  const regions: MwgRegion[] = [
    ...othersOf(mwgRegions(before), before, toWrite),
    ...areas.map(({ name, area }) => ({ Name: name, Type: 'Face', Area: mwgArea(area) })),
  ];
  const rectangles: MpRegion[] = [
    ...othersOfMicrosoft(before, toWrite),
    ...areas.map(({ name, area: { x, y, w, h } }) => ({
      PersonDisplayName: name,
      Rectangle: [x - w / 2, y - h / 2, w, h].map(round).join(', '),
    })),
  ];
  const first = toWrite.earlier?.before?.PersonInImage?.map(String) ?? [];
  const others = [before.PersonInImage ?? []]
    .flat()
    .map(String)
    .filter((name) => !isOurName(name, toWrite) || first.includes(name));
  return {
    ...(regions.length > 0 && {
      RegionInfo: { AppliedToDimensions: { W, H, Unit: 'pixel' }, RegionList: regions },
    }),
    ...(rectangles.length > 0 && { RegionInfoMP: { Regions: rectangles } }),
    PersonInImage: [...new Set([...others, ...known.map(({ name }) => name)])],
  };
}

/** Whether we wrote a name, which goes when nobody has it any more. */
function isOurName(name: string, { earlier }: RegionsToWrite): boolean {
  // Earlier versions did not note which names they wrote.
  return earlier !== undefined && (earlier.ours === undefined || earlier.ours.includes(digest(name)));
}

function othersOf(
  all: readonly MwgRegion[],
  before: PeopleTags,
  toWrite: RegionsToWrite,
): readonly MwgRegion[] {
  const { photo, orientation, known, earlier } = toWrite;
  const faces = known.map(({ box }) => box);
  const size = appliedTo(before);
  const placeable = all.flatMap((region) => {
    const area = areaOf(region, size);
    return area === undefined ? [] : [{ region, area }];
  });
  const placed = placeAreas(
    placeable.map(({ area }) => area),
    size,
    photo,
    orientation,
    faces,
  );
  if (placed === undefined) return [];
  const firstNames = [earlier?.before?.RegionInfo?.RegionList ?? []].flat().map(({ Name }) => String(Name));
  const gone = (name: string): boolean => isOurName(name, toWrite) && !firstNames.includes(name);
  return placed.boxes.flatMap((box, i): MwgRegion[] => {
    const region = placeable[i]?.region;
    if (region === undefined) return [];
    if (isFaceRegion(region) && (matchRegions([box], faces).length > 0 || gone(String(region.Name ?? ''))))
      return [];
    // As it was, where it is said of the same picture in the same unit.
    const same = placed.orientation === orientation && region.Area?.Unit !== 'pixel';
    return [same ? region : { ...region, Area: mwgArea(toArea(box, photo, orientation)) }];
  });
}

function othersOfMicrosoft(before: PeopleTags, toWrite: RegionsToWrite): readonly MpRegion[] {
  const { photo, orientation, known, earlier } = toWrite;
  const faces = known.map(({ box }) => box);
  const first = [earlier?.before?.RegionInfoMP?.Regions ?? []].flat();
  const firstNames = first.map(({ PersonDisplayName }) => String(PersonDisplayName));
  return [before.RegionInfoMP?.Regions ?? []].flat().filter((region) => {
    const area = rectangleOf(region);
    if (area === undefined) return true;
    const placed = placeAreas([area], appliedTo(before), photo, orientation, faces);
    if (placed === undefined) return false;
    const name = String(region.PersonDisplayName ?? '');
    const gone = isOurName(name, toWrite) && !firstNames.includes(name);
    return matchRegions(placed.boxes, faces).length === 0 && !gone;
  });
}
