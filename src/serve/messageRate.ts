/** Sixty inputs a second from a screen of 60 Hz, twice over. */
const PER_SECOND = 120;
const BURST = 240;

/**
 * Counts messages against a rate that no honest page reaches.
 *
 * @returns takes the time of a message in milliseconds and tells whether it is still within the rate
 */
export function createMessageRate(): (at: number) => boolean {
  let credit = BURST;
  let before: number | undefined;
  return (at) => {
    credit = Math.min(BURST, credit + ((at - (before ?? at)) * PER_SECOND) / 1000);
    before = at;
    credit -= 1;
    return credit >= 0;
  };
}
