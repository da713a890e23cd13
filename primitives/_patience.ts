/**
 * Patience: whether to spin for as long as a sleep and its wake take.
 *
 * To sleep and be woken costs as much as fifty microseconds of looking, and who must wake
 * another one makes it wait as long in turn: threads that have once missed each other
 * would go on so. So a spin lasts as long as that would, unless it was in vain several
 * times in a row: other programs take cores too, and what is waited for may be far. Then
 * it pauses, each time twice as long.
 *
 * *Source* · Karlin, Li, Manasse and Owicki (1991): who spins for as long as a sleep costs
 * pays twice the best at the most.
 *
 * @module
 */

/** In vain so often is chance. */
const VAIN = 3, MOST_VAIN = 11;

/** What a view has learned of its spins. */
export class Patience {
  /** Spins in a row that saw nothing, and how many are left out for that. */
  #vain = 0;
  #pause = 0;

  /** Whether the next spin is worth its time; to be asked once for each. */
  ask(): boolean {
    return --this.#pause < 0;
  }

  /** Takes note of whether a spin saw what it waited for. */
  learn(seen: boolean): void {
    this.#vain = seen ? 0 : Math.min(this.#vain + 1, MOST_VAIN);
    if (this.#vain > VAIN) this.#pause = 1 << this.#vain - VAIN;
  }
}
