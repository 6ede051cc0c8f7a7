"""A TCP proxy between the services and their servers, whose connections can be cut and slowed down.

`proxy.py CONTROL_PORT NAME=LISTEN_PORT:SERVER_PORT…`; everything is on 127.0.0.1. The control port takes lines:
`cut NAME` breaks every connection there is, `delay NAME MILLISECONDS` holds back what passes from now on (0: no longer),
`refuse NAME SECONDS` takes no new connection for so long. Each is answered `ok`.

Everything that the services say to their servers passes here, on the cores that they run on: hence protocols and no streams.
"""

import asyncio
import sys
from collections import deque


class Route:
    """One server behind the proxy."""

    def __init__(self, port: int):
        self.port = port
        self.delay_seconds = 0.0
        self.refuses_until = 0.0
        self.ends: set[End] = set()

    def cut(self) -> None:
        for end in list(self.ends):
            end.transport.abort()


class End(asyncio.Protocol):
    """One of the two connections that belong together. What it hears is written to the other."""

    transport: asyncio.Transport

    def __init__(self, route: Route):
        self.route = route
        # Until there is another.
        self.other = self
        # What is held back, in order: until then.
        self.held: deque[bytes] = deque()
        self.last_due = 0.0

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.route.ends.add(self)

    def data_received(self, data: bytes) -> None:
        if not self.route.delay_seconds and not self.held:
            self.other.transport.write(data)
            return
        loop = asyncio.get_running_loop()
        self.held.append(data)
        self.last_due = max(self.last_due, loop.time() + self.route.delay_seconds)
        loop.call_at(self.last_due, self.release)

    def release(self) -> None:
        data = self.held.popleft()
        self.other.transport.write(data)

    def pause_writing(self) -> None:
        self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        self.other.transport.resume_reading()

    def connection_lost(self, error) -> None:
        self.route.ends.discard(self)
        self.other.end(self.last_due)

    def end(self, not_before: float) -> None:
        """Closes when what is held back for it was written."""
        asyncio.get_running_loop().call_at(not_before, self.transport.close)


class Client(End):
    """The end of a service. The server is connected to before anything is read from it."""

    def connection_made(self, transport) -> None:
        super().connection_made(transport)
        if asyncio.get_running_loop().time() < self.route.refuses_until:
            transport.abort()
            return
        transport.pause_reading()
        self.connecting = asyncio.ensure_future(self.connect())

    async def connect(self) -> None:
        loop = asyncio.get_running_loop()
        server = End(self.route)
        server.other = self
        try:
            await loop.create_connection(lambda: server, "127.0.0.1", self.route.port)
        except OSError:
            self.transport.abort()
            return
        self.other = server
        if self.transport.is_closing():
            server.transport.abort()
        else:
            self.transport.resume_reading()


def obey(routes: dict[str, Route], line: str) -> str:
    order, name, *value = line.split()
    route = routes[name]
    if order == "cut":
        route.cut()
    elif order == "delay":
        route.delay_seconds = float(value[0]) / 1000
    elif order == "refuse":
        route.refuses_until = asyncio.get_running_loop().time() + float(value[0])
        route.cut()
    else:
        return f"unknown order {order}"
    return "ok"


async def main() -> None:
    control_port, *wanted = sys.argv[1:]
    loop = asyncio.get_running_loop()
    routes, servers = {}, []
    for entry in wanted:
        name, _, ports = entry.partition("=")
        listen, server = (int(port) for port in ports.split(":"))
        route = routes[name] = Route(server)
        servers.append(await loop.create_server(lambda route=route: Client(route), "127.0.0.1", listen))

    async def control(reader, writer) -> None:
        while line := await reader.readline():
            writer.write((obey(routes, line.decode()) + "\n").encode())
            await writer.drain()
        writer.close()

    servers.append(await asyncio.start_server(control, "127.0.0.1", int(control_port)))
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main())
