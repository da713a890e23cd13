/**
 * The pools that ours is compared with, apart from the other packages: loading them alone
 * takes time, and permissions.
 *
 * @module
 */

export { Piscina } from "npm:piscina@5.3.2";
export { Tinypool } from "npm:tinypool@2.2.0";
export { default as workerpool } from "npm:workerpool@10.0.3";
