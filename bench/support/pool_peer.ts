/**
 * The pool that ours is compared with, apart from the other packages: loading it alone
 * takes time, and permissions.
 *
 * @module
 */

export { Piscina } from "npm:piscina@5.3.2";
