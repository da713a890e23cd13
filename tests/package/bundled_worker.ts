// The entry of the workers of bundled.ts.
import { serve } from "@interlock/threading/worker";
import "./bundled_tasks.ts";

serve();
