// @ts-check
// The entry of a supervisor. An entry that calls serve() can be one too, but this one
// loads a quarter of the library. It is JavaScript for the reason that entry.js is.
import { serveAsSupervisor } from "./_supervisor.ts";

serveAsSupervisor();
