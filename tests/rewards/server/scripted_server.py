"""A real HTTP server on loopback that answers chat completions, and fails as a script says."""

from __future__ import annotations

import json
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]
Fault = Callable[["Handler"], None]


class ScriptedServer:
    """Answers with what `texts` makes of a request's body, after the faults of its script.

    Each fault answers one request in the place of a reply.
    """

    def __init__(self, texts: Callable[[Body], list[str]] | None = None, port: int = 0) -> None:
        self.texts = texts or (lambda body: [f"seed {body.get('seed')}"] * body.get("n", 1))
        self.faults: deque[Fault] = deque()
        self.asked: list[Body] = []
        self.answered: list[Body] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self._dying = threading.Lock()
        self._http = _Http(("127.0.0.1", port), Handler)
        self._http.script = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def port(self) -> int:
        return self._http.server_address[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def die(self) -> None:
        """End as a killed process does: nobody listens, and open connections are cut."""
        self.stopping.set()
        with self._dying:
            if self._thread.is_alive():
                self._http.shutdown()
                self._thread.join()
                self._http.server_close()
            for connection in list(self._http.connections):
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def die_now(self) -> None:
        """Die before the request that is being answered has its answer."""
        self.stopping.set()
        threading.Thread(target=self.die).start()

    def __enter__(self) -> ScriptedServer:
        return self

    def __exit__(self, *exception: object) -> None:
        self.die()


class _Http(ThreadingHTTPServer):
    script: ScriptedServer
    connections: set[socket.socket]

    def __init__(self, *arguments: Any) -> None:
        self.connections = set()
        super().__init__(*arguments)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no news."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        super().finish()

    def do_POST(self) -> None:
        script = self.server.script
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with script.lock:
            script.asked.append(body)
            script.headers.append(dict(self.headers))
            script.paths.append(self.path)
            fault = script.faults.popleft() if script.faults else None
        if fault:
            fault(self)
        elif (texts := script.texts(body)) and not script.stopping.is_set():
            script.answered.append(body)  # before the client can look
            self.send(200, completion(texts, chat="messages" in body))

    def send(self, status: int, content: object, **headers: str) -> None:
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *arguments: Any) -> None:
        pass


def completion(texts: list[str], chat: bool = True) -> Body:
    said = [
        {"message": {"role": "assistant", "content": t}} if chat else {"text": t} for t in texts
    ]
    return {
        "object": "chat.completion" if chat else "text_completion",
        "choices": [{"index": i, **each, "finish_reason": "stop"} for i, each in enumerate(said)],
        "usage": {
            "prompt_tokens": 100,
            "completion_tokens": 7 * len(texts),
            "prompt_tokens_details": {"cached_tokens": 80},
        },
    }


def status(code: int, content: object = "no", **headers: str) -> Fault:
    return lambda handler: handler.send(code, content, **headers)


def body(content: object, kind: str = "application/json") -> Fault:
    return lambda handler: handler.send(200, content, Content_Type=kind)


def cut(handler: Handler) -> None:
    """Half of a reply, and the connection is gone."""
    raw = json.dumps(completion(["seed 1"])).encode()
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(raw)))
    handler.end_headers()
    handler.wfile.write(raw[: len(raw) // 2])
    handler.close_connection = True


def hang_up(handler: Handler) -> None:
    handler.close_connection = True


def silent(handler: Handler) -> None:
    """No answer, ever."""
    handler.server.script.stopping.wait(30)
    handler.close_connection = True
