/** Whether this is a touch screen with neither keys nor a mouse, as far as a page can tell. */
export function isTouchOnly(): boolean {
  return matchMedia('(hover: none) and (pointer: coarse)').matches;
}
