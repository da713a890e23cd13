// @ts-check
// The entry of a model thread. It is JavaScript, so that one literal URL finds it in the
// sources and in a published package.
import { serve } from "./_agent.ts";

serve();
