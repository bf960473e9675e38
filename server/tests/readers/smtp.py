"""A mail server for tests. What it does with a letter is in its recipient's name; what it is handed it tells, a line of JSON each.

refuse: no such mailbox. full: not taken once it is there. grey: not at the first try. slow: taken, and not told before everybody has left.
drop: taken, and the connection breaks before that is told. Anything else: taken.
"""

import asyncio
import json
import sys

from aiosmtpd.smtp import SMTP


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
        print(json.dumps({"to": to, "from": envelope.mail_from, "text": text}), flush=True)
        if to.startswith("full"):
            return "552 5.2.2 the mailbox is full"
        if to.startswith("slow"):
            await asyncio.sleep(600)
        if to.startswith("drop"):
            server.transport.abort()
        return "250 2.0.0 taken"


async def main():
    loop, handler = asyncio.get_running_loop(), Server()
    server = await loop.create_server(lambda: SMTP(handler, hostname="mail.test"), "127.0.0.1", 0)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    # It ends with whoever began it.
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
