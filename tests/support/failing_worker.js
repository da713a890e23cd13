// An entry that fails to load, and not before it has been sent its first message:
// Deno loses what is posted to a worker that has ended.
await new Promise((resolve) => globalThis.addEventListener("message", resolve));
throw new RangeError("this entry does not load");
