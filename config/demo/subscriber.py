#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A partner's webhook endpoint: HTTPS, and every delivery's signature checked as Standard Webhooks 1.0.0 says, with nothing but
Python's own library. config/quickstart starts it; it prints one line for each delivery. An integrator may take check() as it is."""

import argparse
import base64
import hashlib
import hmac
import http.server
import json
import pathlib
import ssl
import sys
import time

TOLERANCE_S = 300  # older or newer than this is taken for a replay
BODY_MAX = 1024 * 1024


class Refused(Exception):
    """A delivery that must not be believed."""


def check(secrets, headers, body, now):
    """Raises Refused unless one of the signatures in the headers was made over this very body with one of the secrets ("whsec_…")."""
    identifier, timestamp = headers.get("webhook-id"), headers.get("webhook-timestamp")
    given = headers.get("webhook-signature")
    if not identifier or not timestamp or not given:
        raise Refused("a webhook-… header is missing")
    if not timestamp.isdigit() or abs(now - int(timestamp)) > TOLERANCE_S:
        raise Refused("the timestamp is not of now")
    signed = identifier.encode() + b"." + timestamp.encode() + b"." + body
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        if len(key) < 24:  # an empty secret would believe everybody
            continue
        wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        for signature in given.split():
            version, _, text = signature.partition(",")
            if version == "v1" and hmac.compare_digest(text, wanted):
                return
    raise Refused("no signature fits")


def describe(event):
    """An alert in a few words. It names no person: the text goes to a terminal and a log."""
    kind = event.get("type", "?").removeprefix("uk.crossflag.").rpartition(".v")[0].replace(".", " ").replace("_", " ")
    flag = event.get("data") or {}
    flag = flag.get("flag") or flag
    told = [flag.get("level"), flag.get("type"), flag.get("id")]
    records = [f"{record.get('feed')}/{record.get('id')}" for record in (event.get("data") or {}).get("recipient_records", [])
               if isinstance(record, dict)]
    words = " ".join(str(word) for word in told if word)
    shown = ", ".join(records[:3]) + (f" and {len(records) - 3} more" if len(records) > 3 else "")
    return f"alert {int(event.get('sequence') or 0)}: {kind}" + (f": {words}" if words else "") + (f"; our records {shown}" if records else "")


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers 204 to what is genuine, 401 to what is not, 503 while no secret is known (the sender tries again)."""

    protocol_version = "HTTP/1.1"
    timeout = 30

    def setup(self):
        self.request.do_handshake()  # here, in the connection's own thread: a slow peer holds nobody up
        super().setup()

    def do_POST(self):  # noqa: N802 (the library's name)
        length = int(self.headers.get("Content-Length") or -1)
        if not 0 <= length <= BODY_MAX:
            self.close_connection = True
            return self.answer(413)
        body = self.rfile.read(length)
        try:
            secrets = pathlib.Path(self.server.secret_file).read_text(encoding="utf-8").split()
        except FileNotFoundError:
            secrets = []
        if not secrets:
            return self.answer(503)
        try:
            check(secrets, self.headers, body, time.time())
            event = json.loads(body)
        except (Refused, ValueError) as fault:
            self.tell(f"a delivery was refused: {fault}")
            return self.answer(401)
        self.answer(204)
        return self.tell(f"{describe(event)} (signature verified)")

    def answer(self, status):
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", "0")
        self.end_headers()

    def tell(self, text):
        print("".join(c if c.isprintable() else "?" for c in text), flush=True)

    def log_message(self, format, *args):  # the library's own log says less than tell() does
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        pass  # a peer that broke off; there is nobody to tell


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--certificate", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--secret-file", required=True, help="the subscription's secrets, white space between them")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--port-file", required=True, help="where to write the port that it listens on")
    arguments = parser.parse_args()
    try:
        server = Server(("127.0.0.1", arguments.port), Handler)
    except OSError:
        if not arguments.port:
            raise
        server = Server(("127.0.0.1", 0), Handler)  # somebody else has it by now: any other
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(arguments.certificate, arguments.key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.secret_file = arguments.secret_file
    pathlib.Path(arguments.port_file).write_text(f"{server.server_address[1]}\n", encoding="utf-8")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
