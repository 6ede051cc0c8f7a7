"""A load balancer as small as one can be: HTTP requests of one address go in turn to the backends that are ready.

`balance.py PORT BACKEND,READY…` with the port that each backend serves and the one that answers /readyz. As an ingress does, it
keeps the connection of the client when a backend goes away: every request has a connection of its own to a backend, and one
that no longer lets anybody in is passed over. A request that was let in and not answered is answered 502, never sent again.
"""

import asyncio
import itertools
import sys
from dataclasses import dataclass

LOOK_SECONDS = 0.1
ANSWER_SECONDS = 30


@dataclass
class Backend:
    port: int
    probes: int
    is_ready: bool = False


async def look(backend: Backend) -> None:
    """Asks the backend for ever whether it wants requests."""
    while True:
        try:
            async with asyncio.timeout(2):
                reader, writer = await asyncio.open_connection("127.0.0.1", backend.probes)
                writer.write(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                backend.is_ready = b" 200 " in await reader.readline()
                writer.close()
        except (OSError, TimeoutError):
            backend.is_ready = False
        await asyncio.sleep(LOOK_SECONDS)


def head_for_backend(head: bytes) -> tuple[bytes, int]:
    """The head as it is passed on, and how long the body is."""
    first, *headers = head.rstrip(b"\r\n").split(b"\r\n")
    kept, length = [first], 0
    for header in headers:
        name, _, value = header.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
        if name.lower() not in (b"connection", b"keep-alive"):
            kept.append(header)
    return b"\r\n".join([*kept, b"Connection: close", b"", b""]), length


class Balancer:
    def __init__(self, backends: list[Backend]):
        self.backends = backends
        self.turns = itertools.count()

    async def connect(self):
        """A connection to the next backend that lets us in: the ready ones first."""
        turn = next(self.turns) % len(self.backends)
        in_turn = self.backends[turn:] + self.backends[:turn]
        for backend in sorted(in_turn, key=lambda one: not one.is_ready):
            try:
                return await asyncio.open_connection("127.0.0.1", backend.port)
            except OSError:
                backend.is_ready = False
        return None

    async def ask(self, request: bytes) -> bytes | None:
        connection = await self.connect()
        if connection is None:
            return None
        reader, writer = connection
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                writer.write(request)
                await writer.drain()
                return await reader.read(-1) or None
        except (OSError, TimeoutError):
            return None
        finally:
            writer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request per connection of a client: who wants another makes another."""
        try:
            head, length = head_for_backend(await reader.readuntil(b"\r\n\r\n"))
            answer = await self.ask(head + await reader.readexactly(length))
            writer.write(answer or b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def main() -> None:
    port, *pairs = sys.argv[1:]
    backends = [Backend(*map(int, pair.split(","))) for pair in pairs]
    balancer = Balancer(backends)
    server = await asyncio.start_server(balancer.serve, "127.0.0.1", int(port), backlog=512)
    async with server, asyncio.TaskGroup() as looking:
        for backend in backends:
            looking.create_task(look(backend))
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
