# SPDX-License-Identifier: Apache-2.0
"""The system tests' world: config/quickstart brings up a real crossflagd (built with ASan and UBSan), its own PostgreSQL, certificates, principals
and a webhook endpoint in a directory of this run; tests speak to it over HTTPS as its partners would. Nothing is mocked."""

import datetime
import hashlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.parse

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("CROSSFLAG_BUILD", ROOT / "build-asan"))
CLIENTS = ROOT / "tests" / "system" / "clients"
WAIT = 30  # seconds: how long any condition may take before a test gives up on it
PURPOSE = {"Crossflag-Purpose": "investigation CASE-1"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what, seconds=WAIT):
    """Polls a condition that has no event to wait for (a process's end, a server's start); returns its value once it is true."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.02)


def instant(days=0, hours=0):
    """An RFC 3339 instant so many days and hours before now."""
    at = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=days, hours=hours)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)


class Client:
    """HTTPS to one daemon as one principal: by token, or by certificate."""

    def __init__(self, url, ca, token=None, cert=None, key=None, timeout=WAIT):
        self.url = urllib.parse.urlsplit(url)
        self.context = ssl.create_default_context(cafile=ca)
        if cert:
            self.context.load_cert_chain(cert, key)
        self.token = token
        self.timeout = timeout

    def request(self, method, path, body=None, headers=None, type="application/json"):
        connection = http.client.HTTPSConnection(self.url.hostname, self.url.port, context=self.context, timeout=self.timeout)
        try:
            sent = dict(headers or {})
            if self.token:
                sent.setdefault("Authorization", f"Bearer {self.token}")
            if body is not None:
                sent.setdefault("Content-Type", type)
                if not isinstance(body, (bytes, str)):
                    body = json.dumps(body)
                if isinstance(body, str):
                    body = body.encode()
            connection.request(method, path, body=body, headers=sent)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.request("POST", path, body=body, **more)


class Daemon:
    """A running crossflagd with its configuration and the demonstration's principals."""

    def __init__(self, directory, url, process=None):
        self.directory = directory
        self.url = url
        self.process = process

    @property
    def demo(self):
        return json.loads((self.directory / "demo.json").read_text())

    def client(self, name=None, url=None, **more):
        if name is None:
            return Client(url or self.url, self.demo["ca"], **more)
        return Client(url or self.url, self.demo["ca"], token=self.demo["principals"][name]["token"], **more)

    def by_certificate(self, name):
        principal = self.demo["principals"][name]
        return Client(self.url, self.demo["ca"], cert=principal["cert"], key=principal["key"])

    def send(self, feed, records, info=False):
        """Sends records as NDJSON and expects them all to be taken."""
        body = "".join(json.dumps(record) + "\n" for record in records)
        path = f"/v1/feeds/{feed}/records" + ("?info=1" if info else "")
        answer = self.client(f"{feed}-feed").post(path, body, type="application/x-ndjson")
        assert answer.status == 200, answer.body
        result = answer.json
        assert result["rejected"] == 0, result
        return result

    def ready(self, url=None):
        try:
            return self.client(url=url, timeout=5).get("/readyz").status == 200
        except OSError:
            return False


def run_cli(daemon, name, *arguments, check=True, input=None):
    """The command line as one of the principals: the command first, then how to call, then the rest."""
    command = [str(BUILD / "crossflag"), arguments[0], "--demo", str(daemon.directory / "demo.json"), "--as", name, *arguments[1:]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, input=input)
    if check:
        assert done.returncode == 0, done.stderr + done.stdout
    return done


def quickstart(directory, *arguments, port=None):
    port = port or free_port()
    done = subprocess.run([str(ROOT / "config" / "quickstart"), "--data", str(directory), "--listen", f"127.0.0.1:{port}", *arguments],
                          capture_output=True, text=True, timeout=300, env={**os.environ, "CROSSFLAG_BUILD": str(BUILD)})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def alive(pid):
    """Running, and no zombie."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def end_process(directory, name):
    """Ends what quickstart noted under a name, if it still runs."""
    try:
        pid = int((directory / name).read_text())
        os.kill(pid, signal.SIGTERM)
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return
    wait_for(lambda: not alive(pid), f"the end of {name}", 60)
    (directory / name).unlink(missing_ok=True)


def postmaster(directory):
    """The embedded PostgreSQL's process under a quickstart's directory, or None."""
    data = directory / "data" / "postgres"
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
        return pid if os.readlink(f"/proc/{pid}/cwd") == str(data.resolve()) else None
    except (FileNotFoundError, ProcessLookupError, ValueError, IndexError):
        return None


def end_postmaster(directory):
    """A daemon that was killed leaves its PostgreSQL to the next one; here there is none."""
    pid = postmaster(directory)
    if pid:
        os.kill(pid, signal.SIGINT)
        wait_for(lambda: not alive(pid), "the end of PostgreSQL", 60)


def complaints(directory):
    """What sanitizers wrote into the logs of a directory."""
    texts = [log.read_text(errors="replace") for log in directory.glob("*.log")]
    return [text[max(0, text.index(word) - 200):][:4000] for text in texts
            for word in ("ERROR: AddressSanitizer", "runtime error:", "ERROR: LeakSanitizer", "WARNING: ThreadSanitizer") if word in text]


def stop(directory):
    """Ends what quickstart left running in a directory, and says what a sanitizer had to say."""
    for name in ("crossflagd.pid", "subscriber.pid"):
        end_process(directory, name)
    end_postmaster(directory)
    found = complaints(directory)
    shutil.rmtree(directory, ignore_errors=True)
    assert not found, "\n".join(found)


def new_directory():
    return pathlib.Path(tempfile.mkdtemp(prefix="crossflag-test-"))


@pytest.fixture(scope="session")
def crossflag():
    """One daemon for all tests that do not harm it: started once, without sample records."""
    directory = new_directory()
    quickstart(directory, "--empty")
    daemon = Daemon(directory, json.loads((directory / "demo.json").read_text())["url"])
    yield daemon
    stop(directory)


@pytest.fixture(scope="session")
def node_modules():
    """The partners' own libraries from npm, pinned by tests/system/clients/package-lock.json."""
    if not (CLIENTS / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=CLIENTS, check=True, capture_output=True, timeout=300)
    return CLIENTS / "node_modules"


_number = 0


@pytest.fixture
def unique():
    """A word that no other test of this run uses, and that resembles no other: for record ids and family names."""
    global _number
    _number += 1
    digest = hashlib.sha256(f"{os.getpid()} {_number}".encode()).hexdigest()
    return "".join(chr(ord("a") + int(digest[at:at + 2], 16) % 26) for at in range(0, 20, 2))
