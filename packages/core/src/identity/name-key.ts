/**
 * What all spellings of one name have in common: upper or lower case, composed or decomposed letters (NFC, NFD), full
 * or half width, and blanks make no other name. Accents do.
 */
export function nameKey(name: string): string {
  return name.normalize('NFKC').trim().replace(/\s+/gu, ' ').toLowerCase().normalize('NFKC');
}
