/**
 * The ways of a stream from one worker to another.
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
  many: ours.spscManyWay,
  single: ours.spscWay,
  records: ours.spscRecordsWay,
  fresh: ours.spscFreshWay,
  ring: peer.ringWay,
  ringMany: peer.ringManyWay,
  ringRecords: peer.ringRecordsWay,
  port: peer.portWay,
  portMany: peer.portManyWay,
  channel: peer.peerWay,
  naive: naive.naiveRingWay,
  floor: floor.floorWay,
  floorMany: floor.floorManyWay,
};
