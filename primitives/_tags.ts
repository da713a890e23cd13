/**
 * The first byte of a value in bytes: what it is. See `_bytes.ts`.
 *
 * @module
 */

export const UNDEFINED = 0,
  NULL = 1,
  FALSE = 2,
  TRUE = 3,
  INTEGER = 4,
  NUMBER = 5,
  STRING = 6,
  ARRAY = 7,
  OBJECT = 8,
  /** An object that stands earlier in the value: its number. */
  AGAIN = 9,
  SMALL_BIGINT = 10,
  BIGINT = 11,
  DATE = 12,
  REGEXP = 13,
  MAP = 14,
  SET = 15,
  BUFFER = 16,
  VIEW = 17,
  ERROR = 18,
  HANDLE = 19,
  SHARED_BUFFER = 20,
  SHARED_VIEW = 21,
  TASK = 22;

/** The length of a view that is as long as its buffer, which can grow. */
export const TRACKS = -1;

/** How a text is written: it begins with its length in bytes, times 4, plus its form. */
export const LATIN1 = 0, UTF16 = 1, UTF8 = 2;

/** A text of more units is left to the platform's own encoder. */
export const SHORT = 64;

/** How deep values may be nested: a thread that has stack left for little else reads them too. */
export const DEEPEST = 500;

/** Parts that an error has besides its name and message. */
export const DOM = 1, CODE = 2, STACK = 4, CAUSE = 8, ERRORS = 16;

/** What a value is, as the platform tells it. */
export function brandOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}
