import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { demo } from "./demo";

/** A way to the gateway that can be cut, as a network is: what goes over it breaks off, and nothing new gets through. */
export async function wayIn() {
  const gateway = new URL(demo.gateway);
  const open = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(Number(gateway.port), gateway.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        open.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const breakOff = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      isCut = true;
      breakOff();
    },
    mend() {
      isCut = false;
    },
    async close() {
      server.close();
      breakOff();
      await once(server, "close");
    },
  };
}
