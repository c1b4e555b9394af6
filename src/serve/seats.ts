/** Somebody who wants to play. */
export interface Applicant {
  /** Has a seat, from now until it is given back. */
  seated(): void;
  /** Waits, and is the `place`-th to be served; told again whenever that changes. */
  waits(place: number): void;
}

/** A limited number of seats and a queue in order of arrival. */
export interface Seats {
  taken(): number;
  waiting(): number;
  /**
   * Asks for a seat.
   *
   * @returns gives the seat back or leaves the queue; may be called again without effect. Nothing when the queue
   *   is full too.
   */
  ask(applicant: Applicant): (() => void) | undefined;
}

/**
 * @param most seats
 * @param mostWaiting places in the queue
 */
export function createSeats(most: number, mostWaiting: number): Seats {
  const seated = new Set<Applicant>();
  let queue: Applicant[] = [];
  const seat = (applicant: Applicant): void => {
    seated.add(applicant);
    applicant.seated();
  };
  const leave = (applicant: Applicant): void => {
    const place = queue.indexOf(applicant);
    if (!seated.delete(applicant) && place < 0) return;
    queue = queue.filter((candidate) => candidate !== applicant);
    const next = seated.size < most ? queue.shift() : undefined;
    if (next) seat(next);
    const moved = next ? queue : queue.slice(Math.max(0, place));
    for (const candidate of moved) candidate.waits(queue.indexOf(candidate) + 1);
  };
  return {
    taken: () => seated.size,
    waiting: () => queue.length,
    ask: (applicant) => {
      if (seated.size < most) seat(applicant);
      else if (queue.length < mostWaiting) {
        queue.push(applicant);
        applicant.waits(queue.length);
      } else return undefined;
      return () => leave(applicant);
    },
  };
}
