# SPDX-License-Identifier: Apache-2.0
"""Several daemons on one database, and a database that goes away: one writes, the others follow and take over; nothing acknowledged is lost."""

import os
import signal
import time

import pytest

from conftest import PURPOSE, alive, instant, wait_for
from world import Load, World, all_events, check_load, flags, names_of, child, repeat_missing

TAKEOVER_S = 3


@pytest.fixture
def world():
    made = World()
    yield made
    made.close()


@pytest.fixture
def pair(world):
    """(world, writer, follower)"""
    follower = world.second().start("follower")
    return world, world.daemon, follower


def record(identity, **more):
    return {"id": identity, "kind": "incident", "occurred_at": instant(days=1), **more}


def put(daemon, identity, timeout=30):
    return daemon.client("police-feed", timeout=timeout).request("PUT", f"/v1/feeds/police/records/{identity}", record(identity))


def is_writer(daemon):
    return daemon.readyz("writer", timeout=1)[0] == 200


def wait_takeover(daemon, since):
    wait_for(lambda: is_writer(daemon), "the takeover", 20)
    took = time.monotonic() - since
    assert took <= TAKEOVER_S, f"the takeover took {took:.1f} s"


def test_the_second_follows_and_answers(pair, unique):
    world, writer, follower = pair
    assert follower.readyz()[0] == 200 and follower.readyz("writer")[0] == 503 and follower.readyz("follower")[0] == 200
    assert writer.readyz("writer")[0] == 200 and writer.readyz("follower")[0] == 503
    position = writer.send("police", repeat_missing(unique), info=True)["position"]
    wait_for(lambda: follower.readyz()[1].get("position", 0) >= position, "the follower at the writer's position")
    person = child(unique)
    given, family = names_of(person)
    for asked in ("/v1/check", "/v1/search"):
        body = {"persons": [person]} if asked.endswith("check") else {"given": given, "family": family}
        answers = [daemon.client("social-worker").post(asked, body, headers=PURPOSE) for daemon in (writer, follower)]
        assert [answer.status for answer in answers] == [200, 200] and answers[0].json == answers[1].json
    assert answers[1].json["items"]
    assert flags(follower, "social-worker") == flags(writer, "social-worker") and flags(follower, "social-worker")
    assert all_events(follower, "hub-alerts", "hub-subscriber") == all_events(writer, "hub-alerts", "hub-subscriber")
    refused = put(follower, f"{unique}-x")
    assert refused.status == 503 and writer.url in refused.json["detail"] and refused.headers["Retry-After"]
    flag = flags(follower, "social-worker")[0]["id"]
    assert follower.client("social-worker").post(f"/v1/flags/{flag}/confirm", {"rationale": "Read it."}, headers=PURPOSE).status == 503
    assert follower.client("police-subscriber").post("/v1/subscriptions", {}).status == 503


def test_the_second_takes_over_when_the_writer_is_killed(pair, unique):
    world, writer, follower = pair
    writer.send("police", repeat_missing(f"{unique}first"), info=True)
    told = all_events(writer, "hub-alerts", "hub-subscriber")
    load = Load([writer, follower], unique)
    load.start()
    load.wait_for(200)
    since = time.monotonic()
    writer.kill()
    wait_takeover(follower, since)
    load.wait_for(len(load.acknowledged) + 100)
    follower.send("police", repeat_missing(f"{unique}second"), info=True)
    now = all_events(follower, "hub-alerts", "hub-subscriber")
    assert now[:len(told)] == told and len(now) > len(told), "the same alerts, and the next ones"
    assert [int(event["sequence"]) for event in now] == list(range(1, len(now) + 1))
    assert put(follower, f"{unique}-after").status == 201
    load.finish()
    check_load(world, follower, load)
    # The old one comes back and follows.
    writer.start("follower")
    assert put(writer, f"{unique}-more").status == 503 and put(follower, f"{unique}-more").status == 201


def test_the_writers_farewell_is_a_takeover_too(pair, unique):
    """The writer is no longer the one that keeps the database when it stops: the lease passes at once."""
    world, first, second = pair
    since = time.monotonic()
    first.kill()
    wait_takeover(second, since)
    first.start("follower")
    assert put(second, f"{unique}-1").status == 201
    since = time.monotonic()
    second.stop()
    wait_takeover(first, since)
    assert put(first, f"{unique}-2").status == 201
    second.start("follower")
    world.journal_is_gapless()


def test_a_fenced_writer_cannot_write(pair, unique):
    """A writer that was paused wakes when another one writes: what it does then must not reach the journal."""
    world, writer, follower = pair
    assert put(writer, f"{unique}-before").status == 201
    load = Load([writer, follower], unique)
    load.start()
    load.wait_for(100)
    writer.signal(signal.SIGSTOP)
    try:
        # The database drops the paused one's sessions, as it does with a machine that is gone; until then its lock would stand.
        since = time.monotonic()
        world.sql("select pg_terminate_backend(l.pid) from pg_locks l where l.locktype = 'advisory' and l.granted")
        wait_takeover(follower, since)
        assert put(follower, f"{unique}-meanwhile").status == 201
        load.wait_for(len(load.acknowledged) + 40)
    finally:
        writer.signal(signal.SIGCONT)
    wait_for(lambda: writer.readyz("follower")[0] == 200, "the old writer follows")
    refused = put(writer, f"{unique}-fenced")
    assert refused.status == 503 and follower.url in refused.json["detail"]
    assert follower.client("police-feed").get(f"/v1/feeds/police/records/{unique}-fenced").status == 404
    load.finish()
    check_load(world, follower, load)
    assert int(world.sql("select epoch from writer")[0][0]) > 1
    position = world.journal_is_gapless()
    wait_for(lambda: writer.readyz()[1].get("position", 0) >= position, "the old writer caught up")
    assert flags(writer, "social-worker") == flags(follower, "social-worker")


def test_an_epoch_that_ended_writes_nothing(world, unique):
    """The fence itself: another epoch begins, as a takeover writes it, while this writer's session and lock still live."""
    daemon = world.daemon
    assert put(daemon, f"{unique}-before").status == 201
    since = daemon.mark()
    world.sql("begin; update writer set epoch = epoch + 1, url = 'https://somebody.else';"
              " insert into lease (epoch, head, at, url) select epoch, (select max(position) from journal), extract(epoch from now())::bigint * 1000000, url from writer; commit")
    answer = put(daemon, f"{unique}-fenced")
    assert answer.status == 503, answer.body
    assert not world.sql(f"select position from journal where stream = 'police/{unique}-fenced'")
    assert daemon.logged("journal.role", since)[0]["role"] in ("follower", "waiting")
    wait_for(lambda: is_writer(daemon), "writing again, under an epoch of its own")
    assert put(daemon, f"{unique}-fenced").status == 201
    world.journal_is_gapless()


def test_database_killed_and_restarted_under_load(world, unique):
    daemon = world.daemon
    load = Load([daemon], unique)
    load.start()
    load.wait_for(200)
    for _ in range(2):
        server = world.postmaster()
        os.kill(server, signal.SIGKILL)
        wait_for(lambda: not alive(server), "the server's end")
        assert daemon.client().get("/livez").status == 200
        assert daemon.client("officer").post("/v1/search", {"family": "Nobody"}, headers=PURPOSE).status == 200, "questions need no database"
        wait_for(lambda: world.postmaster() not in (None, server) and is_writer(daemon), "the database and the writer back", 40)
        load.wait_for(len(load.acknowledged) + 100)
    load.finish()
    check_load(world, daemon, load)
    assert daemon.process.poll() is None


def test_waits_for_a_database_that_is_not_there_yet(world, unique):
    late = world.directory / "late"
    second = world.add("late", database=world.conninfo(late), data_dir=str(world.directory / "late-data"))
    second.start(ready=False)
    wait_for(lambda: second.readyz()[0] == 503, "/readyz answers")
    assert second.client().get("/livez").status == 200
    assert second.readyz()[1]["missing"] == ["database"] or "database" in second.readyz()[1]["missing"]
    refused = put(second, f"{unique}-x")
    assert refused.status == 503 and refused.headers["Retry-After"]
    late.symlink_to(world.directory / "data" / "run")
    second.wait_ready("follower")
    assert put(second, f"{unique}-x").status == 503 and put(world.daemon, f"{unique}-x").status == 201
