/**
 * The ways of items between any number of workers.
 *
 * @module
 */

import * as floor from "./floor_ways.ts";
import * as naive from "./naive_ways.ts";
import * as ours from "./ours_ways.ts";
import * as peer from "./peer_ways.ts";
import type { Ways } from "./way.ts";

/** By name. */
export const ways: Ways = {
  queue: ours.queueWay,
  simple: ours.simpleQueueWay,
  channel: ours.channelWay,
  deque: ours.dequeWay,
  peer: peer.peerWay,
  port: peer.portWay,
  naive: naive.naiveLockedWay,
  floor: floor.floorWay,
};
