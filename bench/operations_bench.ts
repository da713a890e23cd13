/**
 * What every operation costs that need not wait for anybody.
 *
 * @module
 */

import { operations } from "./families/operations.ts";
import { register } from "./support/suite.ts";

await register(operations);
