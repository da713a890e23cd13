// @ts-check
// The entry of a thread. It is JavaScript, so that one literal URL finds it in the
// sources, in a published package and in a bundle; see _runtime_start.ts.
import { serve } from "./_serve.ts";

serve();
