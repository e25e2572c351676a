# SPDX-License-Identifier: Apache-2.0
"""What an adversary would try: the same key from many sides at once, answers that rest on what is not committed yet, what must not be known, and questions of unusual size."""

import concurrent.futures
import json
import subprocess
import threading

import pytest

from conftest import PURPOSE, instant, wait_for
from world import World, as_account


def record(identity, **more):
    return {"id": identity, "kind": "incident", "occurred_at": instant(days=1), **more}


def adult(unique, given, ref="p1", role="subject"):
    return {"ref": ref, "role": role, "names": [{"given": given, "family": f"Adult{unique}"}], "birth_date": "1985-11-23"}


def path(identity, feed="police"):
    return f"/v1/feeds/{feed}/records/{identity}"


def together(count, call):
    """Calls call(0), call(1), … at one moment; their values."""
    barrier = threading.Barrier(count)

    def one(number):
        barrier.wait()
        return call(number)

    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_the_same_record_from_many_sides_is_one_entry(crossflag, unique):
    for turn in range(10):
        same = record(f"{unique}-{turn}", summary="same")
        answers = together(8, lambda number: crossflag.client("police-feed").request("PUT", path(same["id"]), same))
        assert sorted(answer.status for answer in answers) == [200] * 7 + [201]
        results = [answer.json["result"] for answer in answers]
        assert results.count("accepted") == 1 and results.count("unchanged") == 7
        assert len({answer.json["position"] for answer in answers if answer.json["result"] == "accepted"}) == 1


def test_the_last_acknowledged_content_is_what_stays(crossflag, unique):
    """Different contents on one key at once, with withdrawals between: what was acknowledged under the highest position is on record."""
    feed = crossflag.client("police-feed")
    for turn in range(10):
        key = f"{unique}-{turn}"

        def act(number):
            if number % 4 == 3:
                return number, crossflag.client("police-feed").request("DELETE", path(key))
            return number, crossflag.client("police-feed").request("PUT", path(key), record(key, summary=f"content {number % 3}"))

        answers = together(8, act)
        assert {answer.status for _, answer in answers} <= {200, 201, 404}, [answer.body for _, answer in answers]
        changes = {answer.json["position"]: number for number, answer in answers if answer.json.get("result") in ("accepted", "withdrawn")}
        last = changes[max(changes)]
        found = feed.get(path(key))
        if last % 4 == 3:
            assert found.status == 404
        else:
            assert found.json["summary"] == f"content {last % 3}"


def test_versions_at_once(crossflag, unique):
    """A stale version is refused only because of a higher one that is on record."""
    for turn in range(10):
        key = f"{unique}-{turn}"
        answers = together(4, lambda number: (number, crossflag.client("police-feed").request("PUT", path(key), record(key, version=number + 1, summary=str(number)))))
        taken = {number + 1 for number, answer in answers if answer.status in (200, 201)}
        refused = {number + 1 for number, answer in answers if answer.status == 409}
        assert taken | refused == {1, 2, 3, 4} and max(taken) == 4
        assert crossflag.client("police-feed").get(path(key)).json["version"] == 4


def test_what_was_acknowledged_is_read_back(crossflag, unique):
    feed = crossflag.client("police-feed")
    crossflag.send("police", [record(f"{unique}-load-{number}", persons=[adult(f"{unique}{number}", "Osian")]) for number in range(2000)])
    for turn in range(20):
        assert feed.request("PUT", path(unique), record(unique, summary=str(turn))).status in (200, 201)
        assert feed.get(path(unique)).json["summary"] == str(turn)
    assert feed.request("DELETE", path(unique)).status == 200
    assert feed.get(path(unique)).status == 404


def test_twice_in_one_body(crossflag, unique):
    body = "".join(json.dumps(line) + "\n" for line in (record(unique, version=1), record(unique, version=2), record(unique, version=1), record(unique, version=2), record(unique, version=2, summary="x")))
    result = crossflag.client("police-feed").post("/v1/feeds/police/records", body, type="application/x-ndjson").json
    assert (result["accepted"], result["unchanged"], result["rejected"]) == (2, 1, 2)
    assert [(item["line"], item["status"]) for item in result["items"]] == [(3, 409), (5, 409)]


def test_covert_records_exist_for_the_police_alone(crossflag, unique):
    covert = record(f"{unique}-c", grade="2BC", conditions=["A2"], persons=[adult(unique, "Osian")])
    entity = crossflag.send("police", [covert], info=True)["items"][0]["entities"][0]["entity"]
    name = covert["persons"][0]["names"][0]
    question = {"persons": [covert["persons"][0]]}
    assert crossflag.client("officer").post("/v1/check", question, headers=PURPOSE).json["results"][0]["certainty"] != "none"
    assert crossflag.client("officer").get(f"/v1/entities/{entity}", headers=PURPOSE).status == 200
    assert entity in [item["id"] for item in crossflag.client("officer").post("/v1/search", name, headers=PURPOSE).json["items"]]
    other = crossflag.client("social-worker")
    assert other.post("/v1/check", question, headers=PURPOSE).json["results"][0] == {"ref": "p1", "certainty": "none", "flags": []}
    assert other.get(f"/v1/entities/{entity}", headers=PURPOSE).status == 404
    found = other.post("/v1/search", name, headers=PURPOSE)
    assert found.status == 200 and entity not in found.body.decode()
    key = {"feed": "police", "id": f"{unique}-c", "ref": "p1"}
    crossflag.send("social-care", [record(f"{unique}-s", persons=[adult(unique, "Osian")])], info=True)
    decision = {"decision": "same", "a": {"feed": "social-care", "id": f"{unique}-s", "ref": "p1"}, "b": key, "rationale": "A guess."}
    assert other.post("/v1/decisions", decision, headers=PURPOSE).status == 404
    # The entity is known now, by the worker's own record; the covert one still is not.
    page = other.get(f"/v1/entities/{entity}", headers=PURPOSE).json
    assert [mention["id"] for mention in page["mentions"]] == [f"{unique}-s"] and "withheld" not in page


def test_decisions_need_two_mentions_of_a_kind(crossflag, unique):
    crossflag.send("police", [record(unique, persons=[adult(unique, "Osian")], vehicles=[{"ref": "v1", "role": "used", "vrm": "AB12 CDE"}])], info=True)
    a, b = ({"feed": "police", "id": unique, "ref": ref} for ref in ("p1", "v1"))
    for one, other in ((a, b), (a, a)):
        answer = crossflag.client("reviewer").post("/v1/decisions", {"decision": "same", "a": one, "b": other, "rationale": "Why not."}, headers=PURPOSE)
        assert answer.status == 422 and answer.json["errors"][0]["pointer"] == "/b"


def test_a_long_check(crossflag, unique):
    persons = [adult(f"{unique}{number}", "Osian", ref=f"p{number}") for number in range(60)]
    crossflag.send("police", [record(f"{unique}-{number}", persons=[persons[number]]) for number in range(0, 60, 2)], info=True)
    results = crossflag.client("officer").post("/v1/check", {"persons": persons}, headers=PURPOSE).json["results"]
    assert [result["ref"] for result in results] == [f"p{number}" for number in range(60)]
    assert all(result["certainty"] != "none" for result in results[::2])


def test_questions_of_unusual_size(crossflag):
    officer = crossflag.client("officer")
    assert officer.post("/v1/search", {"family": "x" * 513}, headers=PURPOSE).status == 422
    assert officer.post("/v1/search", {"family": "x" * 512}, headers=PURPOSE).status == 200
    assert officer.post("/v1/search", {}, headers=PURPOSE).status == 422
    assert officer.post("/v1/search", [], headers=PURPOSE).status == 422
    assert crossflag.client("police-feed").request("PUT", path("long"), {**record("long"), "details": {}, "summary": "x" * 300_000}).status == 413


def test_too_many_lines_are_refused_whole(crossflag):
    answer = crossflag.client("police-feed").post("/v1/feeds/police/records", b"1\n" * (2 ** 20 + 1), type="application/x-ndjson")
    assert answer.status == 413 and answer.json["type"].endswith("too-many-records")


@pytest.fixture
def slow_world():
    world = World(commit_timeout_ms=1000)
    yield world
    world.close()


def test_an_answer_in_doubt_and_the_same_key_again(slow_world, unique):
    """The journal's table is locked for longer than a commit may take: 503, and the entry goes in afterwards. What is sent then is judged against it."""
    daemon = slow_world.daemon
    feed = daemon.client("police-feed")
    assert feed.request("PUT", path(unique), record(unique, summary="first")).status == 201
    lock = subprocess.Popen(as_account(["psql", "-XAtq", "-d", slow_world.conninfo(), "-c", "begin; lock table journal in exclusive mode; select 'locked'; select pg_sleep(4); commit"]),
                            stdout=subprocess.PIPE, text=True)
    wait_for(lambda: slow_world.sql("select 1 from pg_locks l join pg_class c on c.oid = l.relation where c.relname = 'journal' and mode = 'ExclusiveLock' and granted"), "the lock")
    doubtful = feed.request("PUT", path(unique), record(unique, summary="second"))
    assert doubtful.status == 503 and doubtful.headers["Retry-After"]
    lock.wait(30)

    def put(summary):
        answer = feed.request("PUT", path(unique), record(unique, summary=summary))
        return answer if answer.status != 503 else None

    # Not "unchanged", although the first content may be all that is folded yet.
    assert wait_for(lambda: put("first"), "writing again").json["result"] == "accepted"
    assert feed.get(path(unique)).json["summary"] == "first"
    assert wait_for(lambda: put("second"), "writing again").json["result"] == "accepted"
    rows = slow_world.sql(f"select revision from journal where stream = 'police/{unique}' order by position")
    assert [int(row[0]) for row in rows] == [1, 2, 3, 4]


def test_a_reload_while_files_are_broken_and_mended(slow_world, unique):
    daemon = slow_world.daemon
    rules = daemon.keys["rules"]
    broken = slow_world.directory / "broken-rules"
    broken.mkdir()
    (broken / "x.json").write_text("{")
    broken.chmod(0o755)
    (broken / "x.json").chmod(0o644)
    daemon.change(rules=str(broken))
    assert "x.json" in json.dumps(daemon.reload("reload.refused"))
    assert daemon.client("police-feed").request("PUT", path(unique), record(unique)).status == 201
    daemon.change(rules=rules)
    daemon.reload()
    assert daemon.client("police-feed").request("PUT", path(unique), record(unique, summary="x")).status == 200
