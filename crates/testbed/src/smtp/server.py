"""An SMTP server that keeps what it is sent, and behaves as it is told. Invariant: loopback only.

Arguments: its directory, its port, `none`, `starttls` or `atonce`, `USER:PASSWORD` or nothing, and `utf8`
if it takes international addresses.

In its directory: `mood` says how it behaves (`accept`, `hang`, `break`, `no-farewell`, or the line with which it
answers each recipient; `to ADDRESS` before it: to this one alone), `attempts` has a line for each recipient, `1.txt` and so on are what it has
accepted, `ca.pem` is who vouches for it, `ready` has its process id once it listens.
"""

import asyncio
import email
import email.policy
import os
import ssl
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult

home, port, tls, login, utf8 = Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:6]


def mood():
    return (home / "mood").read_text().strip()


def place(name, text):
    """Whoever reads it sees all of it, or nothing."""
    unfinished = home / (name + ".unfinished")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.rename(home / name)


def told(envelope):
    """What was sent as a mail program understands it: names and texts decoded."""
    policy = email.policy.default.clone(utf8=True)
    letter = email.message_from_bytes(envelope.original_content, policy=policy)
    lines = [f"MAIL FROM: {envelope.mail_from}"]
    lines += [f"RCPT TO: {address}" for address in envelope.rcpt_tos]
    lines += [f"{name}: {value}" for name, value in letter.items()]
    return "\n".join(lines) + "\n\n" + letter.get_content().replace("\r\n", "\n")


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        with (home / "attempts").open("a", encoding="utf-8") as attempts:
            attempts.write(address + "\n")
        now = mood()
        if now.startswith("to "):
            whom, then = now.removeprefix("to ").split(" ", 1)
            now = then if address == whom else "accept"
        if now == "hang":
            await asyncio.sleep(3600)
        if now == "break":
            server.transport.abort()
            await asyncio.sleep(3600)
        if now[:1].isdigit():
            return now.replace("ADDRESS", address)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        number = len(list(home.glob("*.txt"))) + 1
        place(f"{number}.txt", told(envelope))
        return "250 OK"

    async def handle_QUIT(self, server, session, envelope):
        if mood() == "no-farewell":
            await asyncio.sleep(3600)
        return "221 Bye"


def authenticate(server, session, envelope, mechanism, data):
    given = data.login.decode() + ":" + data.password.decode()
    return AuthResult(success=given == login, handled=False)


def certificate():
    import trustme

    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(home / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


async def main():
    context = None if tls == "none" else certificate()
    options = {
        "enable_SMTPUTF8": utf8 == "utf8",
        "hostname": "mail.test",
        "tls_context": context if tls == "starttls" else None,
        "require_starttls": tls == "starttls",
    }
    if login:
        options["authenticator"] = authenticate
        options["auth_required"] = True
        options["auth_require_tls"] = tls == "starttls"

    def connection():
        return SMTP(Handler(), **options)

    at_once = context if tls == "atonce" else None
    loop = asyncio.get_running_loop()
    server = await loop.create_server(connection, "127.0.0.1", port, ssl=at_once)
    place("ready", str(os.getpid()))
    await server.serve_forever()


asyncio.run(main())
