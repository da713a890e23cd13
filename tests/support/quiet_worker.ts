// An entry for threads whose complaints would only be noise among the tests.
import { serve } from "@interlock/threading/worker";

console.error = () => {};
serve();
