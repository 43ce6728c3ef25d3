import { syntheticFaces, type SyntheticFace } from '../evaluate/clustering/synthetic.js';
import { randomFrom } from '../synth/random.js';

/**
 * Who is in which photo of an imagined archive: `photos` groups of faces of different people, their sizes going round
 * `sizes`. The same arguments make the same archive.
 */
export function archivePlan(photos: number, sizes: readonly number[]): readonly (readonly SyntheticFace[])[] {
  let total = 0;
  for (let photo = 0; photo < photos; photo++) total += sizes[photo % sizes.length];
  const faces = shuffled(syntheticFaces(total));
  let next = 0;
  return Array.from({ length: photos }, (_, photo) => {
    const there: SyntheticFace[] = [];
    while (there.length < sizes[photo % sizes.length]) {
      let other = next;
      while (other < faces.length && there.some(({ person }) => person === faces[other].person)) other++;
      if (other >= faces.length) break;
      [faces[next], faces[other]] = [faces[other], faces[next]];
      there.push(faces[next++]);
    }
    return there;
  });
}

function shuffled(faces: readonly SyntheticFace[]): SyntheticFace[] {
  const random = randomFrom(11);
  const mixed = [...faces];
  for (let i = mixed.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    [mixed[i], mixed[other]] = [mixed[other], mixed[i]];
  }
  return mixed;
}
