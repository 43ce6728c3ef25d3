import type { RegionArea } from '@fr-stream/library';

/** An area of a picture, of one person. */
export interface NamedArea {
  readonly name: string;
  readonly area: RegionArea;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

type Numeric = number | string;

/** IPTC Photo Metadata Standard 2019.1, "Image Region" (IPTC Extension 1.5), under the names that ExifTool gives. */
export interface IptcRegion {
  readonly Name?: unknown;
  /** What a region may hold besides: whom it shows. */
  readonly PersonInImage?: unknown;
  readonly RCtype?: unknown;
  readonly RegionBoundary?: IptcBoundary;
}

interface IptcBoundary {
  readonly RbShape?: string;
  readonly RbUnit?: string;
  readonly RbX?: Numeric;
  readonly RbY?: Numeric;
  readonly RbW?: Numeric;
  readonly RbH?: Numeric;
  readonly RbRx?: Numeric;
  readonly RbVertices?: readonly { readonly RbX?: Numeric; readonly RbY?: Numeric }[];
}

/** ACDSee's `acdsee-rs:Regions`, under the names that ExifTool gives. */
export interface AcdSeeRegions {
  readonly AppliedToDimensions?: { readonly W?: Numeric; readonly H?: Numeric };
  readonly RegionList?: AcdSeeRegion | readonly AcdSeeRegion[];
}

interface AcdSeeRegion {
  readonly Name?: unknown;
  readonly Type?: string;
  readonly NameAssignType?: string;
  /** What was drawn or moved by hand. */
  readonly DLYArea?: AcdSeeArea;
  /** What was found. */
  readonly ALGArea?: AcdSeeArea;
}

interface AcdSeeArea {
  readonly X?: Numeric;
  readonly Y?: Numeric;
  readonly W?: Numeric;
  readonly H?: Numeric;
}

/** ExifTool gives a name of digits as a number. */
export function nameText(name: unknown): string {
  return typeof name === 'string' || typeof name === 'number' ? String(name).trim() : '';
}

function area(x: number, y: number, w: number, h: number): RegionArea | undefined {
  return [x, y, w, h].every(Number.isFinite) && w > 0 && h > 0 ? { x, y, w, h } : undefined;
}

/** Types of regions stand in a list of addresses and names; one without any may be of a person. */
function mayBePerson(types: unknown): boolean {
  return types === undefined || /human|person|face/i.test(JSON.stringify(types));
}

/**
 * @param size of the picture as it is stored, in pixels; where it is not known, pixels and circles are not read.
 * @returns undefined for what is no area.
 */
export function boundaryArea(boundary: IptcBoundary, size: Size | undefined): RegionArea | undefined {
  const pixels = /^pixel/i.test(boundary.RbUnit ?? '');
  if (pixels && size === undefined) return undefined;
  const [width, height] = pixels && size !== undefined ? [size.width, size.height] : [1, 1];
  const [x, y] = [Number(boundary.RbX) / width, Number(boundary.RbY) / height];
  if (/^circle/i.test(boundary.RbShape ?? '')) {
    // Its place is its centre, and its radius in shares is one of the picture's width.
    if (size === undefined) return undefined;
    const diameter = (2 * Number(boundary.RbRx)) / width;
    return area(x, y, diameter, (diameter * size.width) / size.height);
  }
  if (/^polygon/i.test(boundary.RbShape ?? '')) {
    const points = [boundary.RbVertices ?? []].flat();
    const [xs, ys] = [
      points.map(({ RbX }) => Number(RbX) / width),
      points.map(({ RbY }) => Number(RbY) / height),
    ];
    const [left, top, right, bottom] = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    return area((left + right) / 2, (top + bottom) / 2, right - left, bottom - top);
  }
  // Of a rectangle the upper left corner.
  const [w, h] = [Number(boundary.RbW) / width, Number(boundary.RbH) / height];
  return area(x + w / 2, y + h / 2, w, h);
}

/** The people in IPTC's regions. */
export function iptcAreas(
  regions: IptcRegion | readonly IptcRegion[] | undefined,
  size: Size | undefined,
): readonly NamedArea[] {
  return [regions ?? []].flat().flatMap(({ Name, PersonInImage, RCtype, RegionBoundary }: IptcRegion) => {
    const people: readonly unknown[] = [PersonInImage ?? []].flat();
    // Several people in one region are no face.
    const name = nameText(people.length === 1 ? people[0] : people.length === 0 ? Name : undefined);
    const found = RegionBoundary && boundaryArea(RegionBoundary, size);
    return found === undefined || name === '' || !mayBePerson(RCtype) ? [] : [{ name, area: found }];
  });
}

/** The people in ACDSee's regions: centres and sizes in shares of the picture. */
export function acdSeeAreas(regions: AcdSeeRegions | undefined): readonly NamedArea[] {
  return [regions?.RegionList ?? []]
    .flat()
    .flatMap(({ Name, Type, NameAssignType, DLYArea, ALGArea }: AcdSeeRegion) => {
      const name = nameText(Name);
      const { X, Y, W, H } = DLYArea ?? ALGArea ?? {};
      const found = area(Number(X), Number(Y), Number(W), Number(H));
      // Names that ACDSee proposed and somebody turned down stay in the file.
      const turnedDown = /^denied$/i.test(NameAssignType ?? '');
      if (found === undefined || name === '' || turnedDown || !/^face$/i.test(Type ?? 'face')) return [];
      return [{ name, area: found }];
    });
}

/** For which picture ACDSee's regions were written, in pixels. */
export function acdSeeSize({ AppliedToDimensions }: AcdSeeRegions): Size | undefined {
  const [width, height] = [Number(AppliedToDimensions?.W), Number(AppliedToDimensions?.H)];
  return width > 0 && height > 0 ? { width, height } : undefined;
}
