/**
 * Prints the results in short.
 *
 * @module
 */

import { quick } from "./support/quick.ts";

if (import.meta.main) await quick();
