/**
 * The state machine of a Deque: a list of items with two open ends.
 *
 * *Words* · those of `_queue_state.ts`; nobody uses its TASKS, JOINS and SPACE's wait queue,
 * as nobody waits to push.
 *
 * *States* of the list while a push onto a full one is under way
 *
 * | items | means |
 * | --- | --- |
 * | MOST | nothing has changed, or all |
 * | MOST + 1 | the new item is in, and the one at the other end goes out next |
 * | MOST - 1 | there was no memory for both: the old item is out, the new one comes next |
 *
 * *Invariants*
 * - I1: of a list that is longer than MOST, the first MOST items are the deque. So a push
 *   onto a full one is one step also for who repairs: one in front is done when its item
 *   is in, one at the back when the first item is out.
 * - I2: if there is no memory for both items, a thread that dies in the third state has
 *   dropped an item and pushed none.
 *
 * *Progress* · As in `_queue_state.ts`; who waits to pop waits for either end. What goes
 * to an index or looks for an item keeps the others out for as long as that takes.
 *
 * *Source* · Python's `collections.deque`, where only what happens at the ends is atomic;
 * here each method is.
 *
 * @module
 */

import { borrowPacket, type Packet, returnPacket } from "./_packet.ts";
import { QueueState } from "./_queue_state.ts";

/** The state machine, as a Deque sees it. */
export class DequeState extends QueueState {
  /** Puts in an item at an end, and drops the one at the other if it is full; false if memory is left for neither. */
  push(packet: Packet, front: boolean): boolean {
    const { items, most } = this, need = items.cellsFor(packet.length);
    if (most === 0) return true;
    const before = this.section.run(() => {
      const full = this.size >= most;
      const old = front ? items.tail : items.head;
      const crowded = this.space < need;
      if (crowded) {
        if (!full) return undefined;
        const freed = items.cellsFor(items.lengthOf(old));
        if (this.space + freed < need) return undefined;
        this.drop(old);
      }
      const before = this.add(packet, need, front ? 0 : items.tail);
      if (full && !crowded) this.drop(old);
      return before;
    });
    if (before === undefined) return false;
    if (before < 0) this.takers.ring();
    return true;
  }

  /** Puts in an item before the one at an index, or at the nearer end; false if there is no room. */
  insert(packet: Packet, index: number): boolean {
    const { items } = this, need = items.cellsFor(packet.length);
    const before = this.section.run(() => {
      const { size } = this;
      if (size >= this.most || this.space < need) return undefined;
      const place = Math.min(Math.max(fromFront(index, size), 0), size);
      return this.add(packet, need, place === 0 ? 0 : this.#itemAt(place - 1));
    });
    if (before === undefined) return false;
    if (before < 0) this.takers.ring();
    return true;
  }

  /** Copies the item at an index; false if there is none. */
  at(index: number, into: Packet): boolean {
    return this.section.run(() => {
      const { size } = this, place = fromFront(index, size);
      if (place < 0 || place >= size) return false;
      this.items.read(this.#itemAt(place), into);
      return true;
    });
  }

  /** The index of the first item with these bytes, -1 if there is none. */
  indexOf(packet: Packet): number {
    return this.section.run(() =>
      this.#visit((item) => this.items.equals(item, packet))
    );
  }

  /** How many items have these bytes. */
  count(packet: Packet): number {
    let count = 0;
    this.section.run(() =>
      this.#visit((item) => {
        if (this.items.equals(item, packet)) count++;
        return false;
      })
    );
    return count;
  }

  /** Takes out the first item with these bytes; false if there is none. */
  remove(packet: Packet): boolean {
    return this.section.run(() => {
      const found = this.#visit((item) => {
        if (!this.items.equals(item, packet)) return false;
        this.drop(item);
        return true;
      });
      return found >= 0;
    });
  }

  /** Makes the last `n` items the first ones, or the first ones the last if `n` is negative. */
  rotate(n: number): void {
    this.section.run(() => {
      const { size } = this;
      if (size < 2) return;
      const first = (size - n % size) % size;
      this.items.rotate(this.#itemAt(first));
    });
  }

  /** Turns the order around. */
  reverse(): void {
    this.section.run(() => this.items.reverse());
  }

  /** Drops all items. */
  clear(): void {
    this.section.run(() => {
      this.items.clear();
      this.tally(0, 0);
    });
  }

  /** Copies all items, one behind the other, as they are at one instant; how many bytes each has. */
  copy(into: Packet): number[] {
    const part = borrowPacket(), lengths: number[] = [];
    into.length = 0;
    try {
      this.section.run(() =>
        this.#visit((item) => {
          this.items.read(item, part);
          const start = into.length, end = start + part.length;
          into.ensure(end);
          into.bytes.set(part.bytes.subarray(0, part.length), start);
          into.length = end;
          lengths.push(part.length);
          return false;
        })
      );
    } finally {
      returnPacket(part);
    }
    return lengths;
  }

  protected override mend(): { size: number; used: number } {
    return this.items.repair(this.most);
  }

  /** In the section: visits the items until one is told to be the last; its index, -1 if there is none. */
  #visit(isLast: (item: number) => boolean): number {
    const { items, size } = this;
    let item = items.head;
    for (let index = 0; index < size && item !== 0; index++) {
      if (isLast(item)) return index;
      item = items.next(item);
    }
    return -1;
  }

  /** In the section: the item at an index that there is, counted from the nearer end. */
  #itemAt(index: number): number {
    const { items } = this, behind = this.size - 1 - index;
    let item = index < behind ? items.head : items.tail;
    if (index < behind) {
      for (let i = 0; i < index; i++) item = items.next(item);
    } else {
      for (let i = 0; i < behind; i++) item = items.previous(item);
    }
    return item;
  }
}

/** An index that may be counted from the end, counted from the front. */
function fromFront(index: number, size: number): number {
  return index < 0 ? size + index : index;
}
