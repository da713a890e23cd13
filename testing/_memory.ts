/**
 * The program's memory, as one model thread sees it: which word has which place, who
 * has touched it, and views whose plain accesses are seen.
 *
 * @module
 */

import { GREW } from "./_board.ts";
import { checkedView } from "./_checked_view.ts";
import { contended } from "./_choices.ts";
import type { Layout, SharedView } from "./_state.ts";
import type { Turn } from "./_turn.ts";

/** An array over words that can be waited on. */
export type IntView = Int32Array<SharedArrayBuffer>;

/** The memory of a program. */
export class Memory {
  readonly #turn: Turn;
  readonly #layout: Layout;
  readonly #bases = new Map<SharedArrayBuffer, number>();
  #lastBuffer: SharedArrayBuffer | undefined;
  #lastBase = 0;
  /** Buffers that no other thread knows get negative places, in the order of their use. */
  #private = 0;

  constructor(turn: Turn, layout: Layout) {
    this.#turn = turn;
    this.#layout = layout;
    layout.buffers.forEach((buffer, i) =>
      this.#bases.set(buffer, layout.bases[i]!)
    );
  }

  /** Begins an execution. */
  reset(): void {
    for (const [buffer, base] of this.#bases) {
      if (base < 0) this.#bases.delete(buffer);
    }
    this.#private = 0;
    this.#lastBuffer = undefined;
  }

  /** The place of a word in the program's memory; negative if no other thread can know it. */
  placeOf(view: IntView, index: number): number {
    const { buffer } = view;
    if (buffer !== this.#lastBuffer) {
      let base = this.#bases.get(buffer);
      if (base === undefined) {
        this.#private -= (buffer.byteLength + 7) & ~7;
        base = this.#private - this.#turn.me * 0x0800_0000;
        this.#bases.set(buffer, base);
      }
      this.#lastBuffer = buffer;
      this.#lastBase = base;
    }
    return this.#lastBase + view.byteOffset + index * view.BYTES_PER_ELEMENT;
  }

  /** Learns who touches what. */
  touch(place: number, size: number, writes: boolean): void {
    if (place < 0) return;
    const { access } = this.#turn.board;
    for (let at = place & ~3; at < place + size; at += 4) {
      const old = access[at >> 2]!;
      const now = old | 1 << this.#turn.me + (writes ? 8 : 0);
      if (now === old) continue;
      access[at >> 2] = now;
      if (contended(now) && !contended(old)) this.#turn.words[GREW]!++;
    }
  }

  /** A view whose plain accesses are seen. */
  checked(view: SharedView): SharedView {
    const region = this.#layout.regions.find(({ checked, start, end }) =>
      checked >= 0 && start === this.placeOf(view as IntView, 0) &&
      end === start + view.byteLength
    );
    if (!region) return view;
    return checkedView(view, (element, writes, access) => {
      if (!this.#turn.active) return access();
      this.#turn.goOn();
      const place = region.start + element * region.size;
      const before = view[element];
      const result = access();
      const name = writes ? "plain write" : "plain read";
      this.#turn.trace(name, place, [], before, view[element], "");
      this.#turn.race(
        place,
        this.#turn.races!.plain(this.#turn.me, region.checked, element, writes),
      );
      return result;
    });
  }
}
