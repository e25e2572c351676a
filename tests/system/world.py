# SPDX-License-Identifier: Apache-2.0
"""What several system tests need beside conftest's one daemon: daemons of a test's own (with changed keys, on one database, killed and started again), a
look into their database, the partners' real clients from npm as processes, and the records that make flags."""

import datetime
import hashlib
import json
import os
import queue
import select
import shutil
import signal
import socket
import subprocess
import threading
import time

from conftest import BUILD, CLIENTS, PURPOSE, Daemon, complaints, end_postmaster, end_process, free_port, instant, new_directory, postmaster, quickstart, wait_for

ACCOUNT = "crossflag"


def as_account(command):
    """Root never runs what belongs to the daemon's account: PostgreSQL lets in by the peer's name."""
    if os.geteuid() != 0:
        return command
    return ["setpriv", "--reuid", ACCOUNT, "--regid", ACCOUNT, "--init-groups", *command]


def give(*paths):
    """To the daemon's account, which reads them again at SIGHUP."""
    if os.geteuid() == 0:
        for path in paths:
            shutil.chown(path, ACCOUNT, ACCOUNT)


def read_conf(path):
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split(" = ", 1) for line in lines)


class Instance(Daemon):
    """A crossflagd of a world, with its own configuration file NAME.conf and log NAME.log."""

    def __init__(self, directory, name, keys):
        super().__init__(directory, f"https://{keys['listen']}")
        self.name = name
        self.conf = directory / f"{name}.conf"
        self.log = directory / f"{name}.log"
        self.start_mark = 0  # where the last start began in the log
        self.configure(keys)

    def configure(self, keys):
        """Replaces the configuration file; takes effect at the next start, or at SIGHUP for what can be reloaded."""
        self.keys = dict(keys)
        self.conf.write_text("".join(f"{key} = {value}\n" for key, value in keys.items()))
        self.conf.chmod(0o600)
        give(self.conf)

    def change(self, **keys):
        self.configure({**self.keys, **keys})

    def start(self, role=None, ready=True):
        self.start_mark = self.mark()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(BUILD / "crossflagd"), "--config", str(self.conf)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        if ready:
            self.wait_ready(role)
        return self

    def readyz(self, role=None, timeout=5):
        """(status, body) of /readyz; (0, {}) while nothing listens."""
        try:
            answer = self.client(timeout=timeout).get("/readyz" + (f"?role={role}" if role else ""))
            return answer.status, answer.json
        except OSError:
            return 0, {}

    def wait_ready(self, role=None, seconds=60):
        def ready():
            assert self.process.poll() is None, self.log.read_text(errors="replace")[-3000:]
            return self.readyz(role)[0] == 200

        wait_for(ready, f"{self.name} ready{' as ' + role if role else ''}", seconds)

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        """As a power cut would: no word of farewell."""
        self.process.kill()
        self.process.wait(30)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            assert self.process.wait(60) == 0, self.log.read_text(errors="replace")[-3000:]

    def mark(self):
        """A place in the log, for logged()."""
        return self.log.stat().st_size if self.log.exists() else 0

    def logged(self, event, since=0):
        """The log's lines of an event."""
        text = self.log.read_bytes()[since:].decode(errors="replace")
        lines = [json.loads(line) for line in text.splitlines(keepends=True) if line.startswith("{") and line.endswith("\n")]
        return [line for line in lines if line["event"] == event]

    def wait_logged(self, event, since=0):
        return wait_for(lambda: self.logged(event, since), f"{event} in the log of {self.name}")

    def reload(self, event="reload"):
        """SIGHUP, until the log tells the event."""
        since = self.mark()
        self.signal(signal.SIGHUP)
        return self.wait_logged(event, since)


class World:
    """A directory made by config/quickstart, whose daemons a test starts, kills and starts again. The first one, `daemon`, keeps the embedded PostgreSQL."""

    def __init__(self, **keys):
        self.directory = new_directory()
        self.daemons = []
        try:
            self.begin(keys)
        except BaseException:
            self.close()
            raise

    def begin(self, keys):
        quickstart(self.directory, "--empty")
        end_process(self.directory, "crossflagd.pid")
        self.shipped = read_conf(self.directory / "crossflagd.conf")
        self.daemon = self.add("first", listen=self.shipped["listen"], **keys)
        self.daemon.start("writer")

    def add(self, name, **keys):
        """A further daemon, not started."""
        instance = Instance(self.directory, name, {**self.shipped, "listen": f"127.0.0.1:{free_port()}", **keys})
        self.daemons.append(instance)
        return instance

    def second(self, name="second", **keys):
        """Another daemon on the first one's database."""
        return self.add(name, database=self.conninfo(), data_dir=str(self.directory / name), **keys)

    def conninfo(self, sockets=None):
        return f"host='{sockets or self.directory / 'data' / 'run'}' port=5432 dbname=crossflag sslmode=disable gssencmode=disable"

    def postmaster(self):
        """The embedded server's process, or None."""
        return postmaster(self.directory)

    def sql(self, text):
        """Rows of a question to the journal's database, as lists of texts."""
        done = subprocess.run(as_account(["psql", "-XAtq", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d", self.conninfo(), "-c", text]), capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return [line.split("\t") for line in done.stdout.splitlines()]

    def journal_is_gapless(self):
        ((count, first, last),) = self.sql("select count(*), min(position), max(position) from journal")
        assert (int(first), int(last)) == (1, int(count))
        return int(last)

    def refold(self, *arguments):
        """crossflag refold, from scratch: its JSON answer and exit code."""
        command = [str(BUILD / "crossflag"), "refold", "--database", self.conninfo(), "--json", *arguments]
        done = subprocess.run(as_account(command), capture_output=True, text=True, timeout=120)
        assert done.returncode in (0, 1) and done.stdout, done.stderr
        return json.loads(done.stdout), done.returncode

    def close(self, keep=False):
        """Ends all that runs; the directory goes too, unless it is to be kept. What a sanitizer had to say fails the test."""
        faults = []
        for instance in reversed(self.daemons):  # followers first: a writer that goes would make them take over
            try:
                instance.stop()
            except (AssertionError, subprocess.TimeoutExpired) as fault:
                instance.kill()
                faults.append(f"{instance.name} did not end well: {fault}")
        for name in ("subscriber.pid", "crossflagd.pid"):
            end_process(self.directory, name)
        end_postmaster(self.directory)
        faults += complaints(self.directory)
        if not keep:
            shutil.rmtree(self.directory, ignore_errors=True)
        assert not faults, "\n".join(faults)


class Program:
    """A node program of clients/ that prints a JSON object a line and takes commands as such lines."""

    def __init__(self, name, *arguments, ca, **environment):
        self.process = subprocess.Popen(["node", name, *map(str, arguments)], cwd=CLIENTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
                                        env={**os.environ, "NODE_EXTRA_CA_CERTS": ca, **environment})
        self.lines = queue.Queue()
        self.seen = []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))

    def tell(self, **command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()

    def next(self, accept=lambda line: True, seconds=30):
        """The next line that is accepted; the others stay for later."""
        end = time.monotonic() + seconds
        at = 0
        while True:
            if at < len(self.seen):
                if accept(self.seen[at]):
                    return self.seen.pop(at)
                at += 1
                continue
            try:
                self.seen.append(self.lines.get(timeout=max(0.01, end - time.monotonic())))
            except queue.Empty:
                raise AssertionError(f"{self.process.args[1]}: nothing of the kind within {seconds} s; seen: {self.seen}") from None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.stdin.close()  # at which they end
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Proxy:
    """Passes TCP through to a daemon, until it is cut."""

    def __init__(self, host, port):
        self.target = (host, port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.pairs = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(self.target)
            except OSError:
                return
            self.pairs.append((client, server))
            threading.Thread(target=self.carry, args=(client, server), daemon=True).start()

    @staticmethod
    def carry(client, server):
        other = {client: server, server: client}
        try:
            while True:
                for ready in select.select([client, server], [], [])[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    other[ready].sendall(data)
        except (OSError, ValueError):
            return
        finally:
            client.close()
            server.close()

    def cut(self):
        """Every connection that is open breaks; new ones go through."""
        for pair in self.pairs:
            for end in pair:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        self.pairs.clear()

    def close(self):
        self.listener.close()
        self.cut()


class Load(threading.Thread):
    """A sender that never stops of itself: keeps what was acknowledged, tries again what was not, as a partner's system would."""

    def __init__(self, daemons, unique, records_at_once=20, timeout=2):
        super().__init__(daemon=True)
        self.daemons = daemons
        self.unique = unique
        self.size = records_at_once
        self.timeout = timeout  # of a call: then the other daemon is asked
        self.acknowledged = {}  # id: the position of the answer that took it
        self.refusals = 0
        self.unclear = 0  # no answer: may be in or not
        self.failure = None
        self.over = threading.Event()

    def records(self, number):
        return [{"id": f"{self.unique}-{number}-{item}", "kind": "incident", "occurred_at": instant(days=item % 30),
                 "persons": [{"ref": "p1", "role": "subject", "names": [{"given": "Load", "family": f"{self.unique}{number % 7}"}], "birth_date": f"19{item % 40 + 50}-01-02"}]}
                for item in range(self.size)]

    def run(self):
        try:
            number = 0
            while not self.over.is_set():
                self.send(self.records(number))
                number += 1
        except BaseException as failure:  # shown by finish()
            self.failure = failure

    def send(self, records):
        body = "".join(json.dumps(record) + "\n" for record in records)
        turn = 0
        while not self.over.is_set():
            daemon = self.daemons[turn % len(self.daemons)]
            turn += 1
            try:
                answer = daemon.client("police-feed", timeout=self.timeout).post("/v1/feeds/police/records", body, type="application/x-ndjson")
            except OSError:
                self.unclear += 1
                self.over.wait(0.05)
                continue
            if answer.status in (429, 503):
                assert answer.headers["Retry-After"], "what is refused for now says when to come again"
                self.refusals += 1
                self.over.wait(0.1)
                continue
            assert answer.status == 200, answer.body
            result = answer.json
            assert result["accepted"] + result["unchanged"] == len(records), result
            self.acknowledged.update({record["id"]: result["position"] for record in records})
            return

    def wait_for(self, count, seconds=60):
        """Until so many are acknowledged."""
        def reached():
            assert not self.failure, self.failure
            return len(self.acknowledged) >= count

        wait_for(reached, f"{count} acknowledged records", seconds)

    def finish(self):
        self.over.set()
        self.join(30)
        assert not self.failure, self.failure


def check_load(world, daemon, load):
    """Every acknowledged record is there, as it was sent and no other way, and the journal has no gap. (What is sent again while its commit is in doubt may
    stand in the journal a second time, word for word: "unchanged" must not be answered before it is certain.)"""
    assert load.acknowledged
    world.journal_is_gapless()
    rows = world.sql(f"select stream, count(*), max(revision), count(distinct body) from journal where stream like 'police/{load.unique}-%' group by stream")
    there = {stream.removeprefix("police/"): (int(count), int(revision), int(contents)) for stream, count, revision, contents in rows}
    assert not set(load.acknowledged) - set(there), "acknowledged, and not in the journal"
    assert all(count == revision and contents == 1 for count, revision, contents in there.values()), "sent again, and taken as something else"
    assert load.unclear or load.refusals or all(count == 1 for count, _, _ in there.values())
    sent = [record for number in range(10_000) if f"{load.unique}-{number}-0" in load.acknowledged for record in load.records(number)]
    assert {record["id"] for record in sent} == set(load.acknowledged)
    feed = daemon.client("police-feed")
    for record in sent[:: max(1, len(sent) // 10)]:
        assert feed.get(f"/v1/feeds/police/records/{record['id']}").json["persons"] == record["persons"]


# Records that make flags. Names, dates and places are spelt from a test's word so that no two tests' persons look alike to the linkage.
# Nobody is born on a first: the first of January stands for a date that is not known.

def spelt(word, syllables=4):
    """A name that is nothing like any other word's."""
    digest = hashlib.sha256(word.encode()).digest()
    return "".join("bdfghjklmnprstvwz"[one % 17] + "aeiou"[other % 5] for one, other in zip(digest[::2], digest[1::2]))[: 2 * syllables].capitalize()


def number_of(word, below):
    return int.from_bytes(hashlib.sha256(word.encode()).digest()[-4:], "big") % below


def child(word, ref="p1", role="missing", **more):
    year = datetime.date.today().year - 11 - number_of(word, 5)
    return {"ref": ref, "role": role, "names": [{"given": spelt(word + "given", 3), "family": spelt(word)}],
            "birth_date": f"{year}-{number_of(word + 'm', 12) + 1:02}-{number_of(word + 'd', 27) + 2:02}", **more}


def adult(word, ref="p2", role="found_with"):
    return {"ref": ref, "role": role, "names": [{"given": spelt(word + "adult", 3), "family": spelt(word + "adults")}],
            "birth_date": f"{1960 + number_of(word, 35)}-{number_of(word + 'm', 12) + 1:02}-{number_of(word + 'd', 27) + 2:02}"}


def names_of(person):
    return [person["names"][0]["given"], person["names"][0]["family"]]


def premises(word, ref="l1"):
    letters = spelt(word, 2).upper()
    return {"ref": ref, "role": "found_at", "type": "takeaway", "name": f"{spelt(word + 'grill')} Grill", "lines": [f"{number_of(word, 180) + 1} {spelt(word + 'street')} Road"],
            "town": spelt(word + "town"), "postcode": f"HD{number_of(word, 9) + 1} {number_of(word + 'p', 9) + 1}{letters[0]}{letters[2]}"}


def car(word, ref="v1", role="found_in"):
    letters = spelt(word, 3).upper()
    return {"ref": ref, "role": role, "vrm": f"Y{letters[0]}{number_of(word, 60) + 10} {letters[2]}{letters[4]}{'BDFGHJKL'[number_of(word + 'v', 8)]}", "make": "Skoda"}


def episode(identity, days, persons, **more):
    return {"id": identity, "kind": "missing_episode", "occurred_at": instant(days=days), "grade": "1AP", "persons": persons, **more}


def assessment(identity, person, level="high", days=3):
    marked = {**person, "role": "child", "markers": [{"type": "cse_risk", "level": level}]}
    return {"id": identity, "kind": "risk_assessment", "occurred_at": instant(days=days), "grade": "1AP", "persons": [marked]}


def repeat_missing(word, count=3):
    """Episodes that make the flag repeat_missing at the third."""
    return [episode(f"{word}-{number}", 40 - 10 * number, [child(word)]) for number in range(count)]


def met(word, number, place=None, who=None):
    """A child found at a place with an adult; two of them make flags on both."""
    return episode(f"{word}-met{number}", 10 + number, [child(f"{word}n{number}"), who or adult(word)], locations=[place or premises(word)],
                   links=[{"from": "p1", "to": "l1", "type": "found_at"}, {"from": "p1", "to": "p2", "type": "found_with"}])


def events(daemon, subscription, name, after=0, limit=1000, wait=None):
    """A page of a subscription's events by pull."""
    answer = daemon.client(name).get(f"/v1/subscriptions/{subscription}/events?after={after}&limit={limit}" + (f"&wait={wait}" if wait else ""))
    assert answer.status == 200, answer.body
    return answer.json["items"]


def all_events(daemon, subscription, name):
    """Every event of a subscription, page by page."""
    taken = []
    while True:
        page = events(daemon, subscription, name, after=int(taken[-1]["sequence"]) if taken else 0, limit=50)
        if not page:
            return taken
        taken += page


def flags(daemon, name="reviewer", query=""):
    """Every flag that a principal may see, page by page."""
    client, taken, cursor = daemon.client(name), [], ""
    while cursor is not None:
        answer = client.get(f"/v1/flags?limit=200{query}{cursor}", headers=PURPOSE)
        assert answer.status == 200, answer.body
        taken += answer.json["items"]
        cursor = f"&cursor={answer.json['next']}" if answer.json["next"] else None
    return taken
