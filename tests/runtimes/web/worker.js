// The page's own worker entry: it brings the tasks along.
import { serve } from "@interlock/threading/worker";
import "./tasks.js";

serve();
