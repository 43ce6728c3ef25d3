/**
 * What was found in a frame decides on the search of frames that come at least so many later, and `detectFaces` begins none
 * before the faces of the frame so many earlier are known: so the same video gives the same faces, whatever else the
 * machine does.
 */
export const SEARCH_LAG = 8;
