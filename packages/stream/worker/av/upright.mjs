// @ts-check
/**
 * Filters that show a picture as its display matrix says (ISO/IEC 14496-12, 8.5.3; as ffmpeg's command does): quarter
 * turns and mirrors exactly, other angles by turning within the frame.
 * @param {readonly number[] | undefined} matrix a, b, u, c, d, v, x, y, w: a point (p, q) goes to (ap + cq, bp + dq).
 * @returns {(readonly [string, string])[]}
 */
export function uprightFilters(matrix) {
  if (matrix === undefined) return [];
  const [a = 0, b = 0, , c = 0, d = 0] = matrix.map((value) => value / 65536);
  const small = 1e-3;
  const straight = Math.abs(b) < small && Math.abs(c) < small;
  const turned = Math.abs(a) < small && Math.abs(d) < small;
  if (straight) {
    return [
      ...(a < 0 ? [/** @type {const} */ (['hflip', ''])] : []),
      ...(d < 0 ? [/** @type {const} */ (['vflip', ''])] : []),
    ];
  }
  if (turned) {
    const direction = b > 0 ? (c < 0 ? 'clock' : 'cclock_flip') : c > 0 ? 'cclock' : 'clock_flip';
    return [['transpose', `dir=${direction}`]];
  }
  const angle = Math.atan2(b, a);
  return [['rotate', `angle=${angle}`]];
}
