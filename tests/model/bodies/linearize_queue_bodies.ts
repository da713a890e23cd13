// Operations of queues whose items are numbers; their tens are the priority, where there is one.

import { PriorityQueue, type Queue } from "@interlock/threading";

type Numbers = Queue<number>;

function rank(item: number) {
  return { priority: Math.floor(item / 10) };
}

export function put(queue: Numbers, item: number): void {
  if (queue instanceof PriorityQueue) queue.put(item, rank(item));
  else queue.put(item);
}
export async function putAsync(queue: Numbers, item: number): Promise<void> {
  if (queue instanceof PriorityQueue) await queue.putAsync(item, rank(item));
  else await queue.putAsync(item);
}
export function tryPut(queue: Numbers, item: number): boolean {
  if (queue instanceof PriorityQueue) return queue.tryPut(item, rank(item));
  return queue.tryPut(item);
}
export function get(queue: Numbers): number {
  return queue.get();
}
export async function getAsync(queue: Numbers): Promise<number> {
  return await queue.getAsync();
}
export function tryGet(queue: Numbers): number | undefined {
  return queue.tryGet()?.value;
}
export function size({ size }: Numbers): number {
  return size;
}
export function taskDone(queue: Numbers): void {
  queue.taskDone();
}
export function unfinished({ unfinishedTasks }: Numbers): number {
  return unfinishedTasks;
}
export function shutdown(queue: Numbers, immediate: boolean): void {
  queue.shutdown({ immediate });
}
