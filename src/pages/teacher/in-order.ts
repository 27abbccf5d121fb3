/** Of answers that overtake each other, one that was asked for before the one that is shown is no news any more. */
export class InOrder {
  #asked = 0;
  #shown = 0;

  /** Asks; whether the answer, once it is there, is to be shown. */
  ask(): () => boolean {
    const turn = ++this.#asked;
    return () => {
      if (turn < this.#shown) return false;
      this.#shown = turn;
      return true;
    };
  }
}
