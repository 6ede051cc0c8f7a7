"""Small things done to URLs, for the scripts: one command per line of the table at the end."""

import sys
from urllib.parse import quote, urlsplit, urlunsplit


def with_login(url: str, user: str, password: str) -> str:
    """The same database with another login."""
    parts = urlsplit(url)
    address = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{address}"))


def with_database(url: str, database: str) -> str:
    """The same server and login, with another database."""
    return urlunsplit(urlsplit(url)._replace(path="/" + quote(database, safe="")))


def with_port(url: str, port: str) -> str:
    """The same server and login through another port of 127.0.0.1."""
    parts = urlsplit(url)
    login, at, _ = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{login}{at}127.0.0.1:{port}"))


def port(url: str) -> str:
    """The port that it names."""
    return str(urlsplit(url).port)


def management(url: str) -> str:
    """Where the management API of an AMQP server is unless someone moved it: the same host and login, port 15672."""
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0] or "guest:guest"
    scheme = "https" if parts.scheme == "amqps" else "http"
    return f"{scheme}://{login}@{parts.hostname}:15672"


if __name__ == "__main__":
    commands = {
        "with-login": with_login,
        "with-database": with_database,
        "with-port": with_port,
        "port": port,
        "management": management,
    }
    print(commands[sys.argv[1]](*sys.argv[2:]))
