"""A mailbox on loopback that speaks as much of IMAP as reading one takes."""

from __future__ import annotations

import re
import socketserver
import threading


class Mailbox(socketserver.ThreadingTCPServer):
    """`messages` by number; `seen` are those marked as read. `breaks_after` stores the connection is cut."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, messages: list[bytes]) -> None:
        self.messages, self.seen, self.breaks_after = messages, set(), None
        super().__init__(("127.0.0.1", 0), _Session)

    @property
    def url(self) -> str:
        return f"imap://reports:se%40cret@127.0.0.1:{self.server_address[1]}/INBOX"

    def __enter__(self) -> Mailbox:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self.server_close()


class _Session(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self) -> None:
        self._say(b"* OK ready")
        while line := self.rfile.readline():
            tag, command, rest = [*line.decode().strip().split(" ", 2), ""][:3]
            if command == "STORE" and self.server.breaks_after == len(self.server.seen):
                return
            outcome = getattr(self, f"_{command.lower()}", lambda _: "OK")(rest)
            self._say(f"{tag} {outcome} done".encode())
            if command == "LOGOUT":
                return

    def _say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")

    def _capability(self, _: str) -> str:
        self._say(b"* CAPABILITY IMAP4rev1")
        return "OK"

    def _login(self, rest: str) -> str:
        return "OK" if rest == 'reports "se@cret"' else "NO [AUTHENTICATIONFAILED] wrong password se@cret"

    def _select(self, _: str) -> str:
        self._say(f"* {len(self.server.messages)} EXISTS".encode())
        return "OK"

    def _search(self, _: str) -> str:
        unseen = [n for n in range(1, len(self.server.messages) + 1) if n not in self.server.seen]
        self._say(" ".join(["* SEARCH", *map(str, unseen)]).encode())
        return "OK"

    def _fetch(self, rest: str) -> str:
        found = re.fullmatch(r"(\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", rest)
        assert found, rest
        body = self.server.messages[int(found[1]) - 1][: int(found[2])]
        self._say(f"* {found[1]} FETCH (BODY[]<0> {{{len(body)}}}".encode())
        self.wfile.write(body)
        self._say(b")")
        return "OK"

    def _store(self, rest: str) -> str:
        self.server.seen.add(int(rest.split()[0]))
        return "OK"
