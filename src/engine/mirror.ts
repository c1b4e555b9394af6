/**
 * Which element of an axis stands at each place after mirror padding.
 *
 * @param mode `reflect` starts beside the edge, `symmetric` repeats it
 */
export function mirroredIndices(
  side: number,
  before: number,
  after: number,
  mode: 'reflect' | 'symmetric',
): number[] {
  const edge = mode === 'reflect' ? 0 : 1;
  return Array.from({ length: before + side + after }, (_, place) => {
    const index = place - before;
    if (index < 0) return -index - edge;
    return index < side ? index : 2 * (side - 1) - index + edge;
  });
}
