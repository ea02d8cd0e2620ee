"""A proxy on this machine that tunnels connections, as those of companies do."""

import base64
import select
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class TunnelProxy:
    """Where it listens, what was asked of it, and whom it lets pass."""

    address: str = ""
    asked: list[str] = field(default_factory=list)
    login: str = ""
    hosts: Mapping[str, str] = field(default_factory=dict)

    def accepts(self, header: str | None) -> bool:
        wanted = f"Basic {base64.b64encode(self.login.encode()).decode()}"
        return not self.login or header == wanted


@contextmanager
def tunnel_proxy() -> Iterator[TunnelProxy]:
    proxy = TunnelProxy()

    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            proxy.asked.append(self.path)
            if not proxy.accepts(self.headers["Proxy-Authorization"]):
                self.send_error(407, "Proxy Authentication Required")
                return
            host, _, port = self.path.rpartition(":")
            # A proxy resolves names; the caller's network may not know them.
            target = (proxy.hosts.get(host, host), int(port))
            with closing(socket.create_connection(target, timeout=5)) as upstream:
                self.send_response(200)
                self.end_headers()
                _relay(self.connection, upstream)

        def log_message(self, *args: Any) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy.address = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _relay(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while ready := select.select([one, other], [], [], 10)[0]:
            for source in ready:
                if not (data := source.recv(65_536)):
                    return
                (other if source is one else one).sendall(data)
