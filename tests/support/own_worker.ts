// The entry that an application brings itself.
import { serve } from "@interlock/threading/worker";

serve();
