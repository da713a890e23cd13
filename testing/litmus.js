// @ts-check
// The entry of an actor. It is JavaScript, so that one literal URL finds it in the
// sources and in a published package.
import { serve } from "./_litmus_agent.ts";

serve();
