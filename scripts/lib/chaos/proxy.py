"""A TCP proxy between the services and their servers, whose connections can be cut and slowed down.

`proxy.py CONTROL_PORT NAME=LISTEN_PORT:SERVER_PORT…`; everything is on 127.0.0.1. The control port takes lines:
`cut NAME` breaks every connection there is, `delay NAME MILLISECONDS` holds back what passes from now on (0: no longer),
`refuse NAME SECONDS` takes no new connection for so long. Each is answered `ok`.
"""

import asyncio
import sys

CHUNK = 65536


class Route:
    """One server behind the proxy."""

    def __init__(self, port: int):
        self.port = port
        self.delay_seconds = 0.0
        self.refuses_until = 0.0
        self.writers: set[asyncio.StreamWriter] = set()

    async def carry(self, client_reader, client_writer) -> None:
        if asyncio.get_running_loop().time() < self.refuses_until:
            client_writer.transport.abort()
            return
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            client_writer.transport.abort()
            return
        pair = {client_writer, server_writer}
        self.writers |= pair
        await asyncio.gather(self.pump(client_reader, server_writer), self.pump(server_reader, client_writer))
        self.writers -= pair

    async def pump(self, reader, writer) -> None:
        try:
            while data := await reader.read(CHUNK):
                if self.delay_seconds:
                    await asyncio.sleep(self.delay_seconds)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    def cut(self) -> None:
        for writer in self.writers:
            writer.transport.abort()


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
    routes, servers = {}, []
    for entry in wanted:
        name, _, ports = entry.partition("=")
        listen, server = (int(port) for port in ports.split(":"))
        routes[name] = Route(server)
        servers.append(await asyncio.start_server(routes[name].carry, "127.0.0.1", listen))

    async def control(reader, writer) -> None:
        while line := await reader.readline():
            writer.write((obey(routes, line.decode()) + "\n").encode())
            await writer.drain()
        writer.close()

    servers.append(await asyncio.start_server(control, "127.0.0.1", int(control_port)))
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main())
