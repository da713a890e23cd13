// A worker that is not one of ours, and has a roster of its own: it sends to a channel.
import { Channel, type Posted, sleep } from "@interlock/threading";

globalThis.addEventListener("message", (event) => {
  const { data } = event as MessageEvent<Posted<Channel<number>>>;
  const channel = Channel.from<number>(data);
  for (let i = 0; i < 3; i++) {
    sleep(30);
    channel.send(i);
  }
  (globalThis as unknown as { close(): void }).close();
});
