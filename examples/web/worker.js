// The entry of the page's workers: it brings the tasks along.
import { serve } from "@interlock/threading/worker";
import "./tasks.js";

serve();
