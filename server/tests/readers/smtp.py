"""A mail server for tests. What it does with a letter is in its recipient's name; what it is handed it tells, a line of JSON each.

refuse: no such mailbox. full: not taken once it is there. grey: not at the first try. slow: taken, and not told before everybody has left.
drop: taken, and the connection breaks before that is told. Anything else: taken.

With `tls` or `starttls`, a certificate and its key, it speaks TLS from the first byte on, or from STARTTLS on, and takes letters from ada
alone, whose password is hunter2hunter2.
"""

import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Server:
    def __init__(self):
        self.seen = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refuse"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("grey") and address not in self.seen:
            self.seen.add(address)
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        to = envelope.rcpt_tos[0]
        text = envelope.content.decode("utf-8", "replace")
        tls = server.transport.get_extra_info("cipher") is not None
        told = {"to": to, "from": envelope.mail_from, "text": text, "by": session.auth_data, "tls": tls}
        print(json.dumps(told), flush=True)
        if to.startswith("full"):
            return "552 5.2.2 the mailbox is full"
        if to.startswith("slow"):
            await asyncio.sleep(600)
        if to.startswith("drop"):
            server.transport.abort()
        return "250 2.0.0 taken"


def known(server, session, envelope, mechanism, said):
    is_ada = (said.login, said.password) == (b"ada", b"hunter2hunter2")
    return AuthResult(success=is_ada, handled=False, auth_data=said.login.decode())


async def main():
    loop, handler = asyncio.get_running_loop(), Server()
    way, of_way, listens = (sys.argv[1:] or ["plain"])[0], {}, {}
    if way != "plain":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*sys.argv[2:])
        of_way = {"authenticator": known, "auth_required": True}
        if way == "tls":
            # It does not see that its connections are private already.
            listens["ssl"], of_way["auth_require_tls"] = context, False
        else:
            of_way["tls_context"], of_way["require_starttls"] = context, True
    make = lambda: SMTP(handler, hostname="mail.test", **of_way)
    server = await loop.create_server(make, "127.0.0.1", 0, **listens)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    # It ends with whoever began it.
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
