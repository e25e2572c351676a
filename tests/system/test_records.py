# SPDX-License-Identifier: Apache-2.0
"""Records in: what is taken, what is refused and how clearly, and that a refusal never loses a good line."""

import concurrent.futures
import gzip
import json
import subprocess

from conftest import CLIENTS, ROOT, instant


def record(identity, **more):
    return {"id": identity, "kind": "incident", "occurred_at": instant(days=1), **more}


def ndjson(*records):
    return "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in records)


def post(crossflag, body, feed="police", type="application/x-ndjson", **more):
    return crossflag.client(f"{feed}-feed").post(f"/v1/feeds/{feed}/records", body, type=type, **more)


def test_lines_are_answered_one_by_one(crossflag, unique):
    bad = record(f"{unique}-bad", persons=[{"role": "suspekt"}], occurred_at="2026-02-30T10:00:00Z")
    answer = post(crossflag, ndjson(record(f"{unique}-a"), bad, "not json", record(f"{unique}-b"), record(f"{unique}-a")))
    assert answer.status == 200
    result = answer.json
    assert (result["received"], result["accepted"], result["unchanged"], result["rejected"]) == (5, 2, 1, 2)
    assert result["position"] > 0
    items = {item["line"]: item for item in result["items"]}
    assert set(items) == {2, 3}
    pointers = {error["pointer"]: error["reason"] for error in items[2]["errors"]}
    assert set(pointers) == {"/occurred_at", "/persons/0/role"}
    assert "suspect" in pointers["/persons/0/role"], "the list of allowed words is part of the answer"
    assert "suspekt" not in answer.body.decode(), "an answer never repeats what was sent"
    assert items[3]["status"] == 422


def test_the_same_again_is_unchanged(crossflag, unique):
    first = record(unique, summary="one", persons=[{"ref": "p1", "names": [{"given": "Ann"}]}])
    assert post(crossflag, ndjson(first)).json["accepted"] == 1
    turned = dict(reversed(list(first.items())))
    assert post(crossflag, json.dumps(turned, indent=3), type="application/json").json["unchanged"] == 1
    assert post(crossflag, ndjson({**first, "summary": "two"})).json["accepted"] == 1


def test_versions(crossflag, unique):
    path = f"/v1/feeds/police/records/{unique}"
    feed = crossflag.client("police-feed")
    assert feed.request("PUT", path, record(unique, version=2)).status == 201
    assert feed.request("PUT", path, record(unique, version=2, summary="other")).status == 409
    stale = feed.request("PUT", path, record(unique, version=1))
    assert stale.status == 409 and stale.json["errors"][0]["pointer"] == "/version"
    assert feed.request("PUT", path, record(unique, version=3, summary="other")).status == 200
    assert feed.get(path).json["version"] == 3


def test_put_get_withdraw(crossflag, unique):
    path = f"/v1/feeds/police/records/{unique}"
    feed = crossflag.client("police-feed")
    assert feed.get(path).status == 404
    assert feed.request("PUT", path, record(unique)).status == 201
    assert feed.request("PUT", path, record(unique)).json["result"] == "unchanged"
    assert feed.request("PUT", path, record("another")).json["errors"][0]["pointer"] == "/id"
    assert feed.request("DELETE", path).status == 200
    assert feed.request("DELETE", path).status == 404
    assert feed.request("PUT", path, record(unique)).status == 200, "what was withdrawn can come back"


def test_info_waits_for_the_fold(crossflag, unique):
    person = {"ref": "p1", "role": "subject", "names": [{"given": "Wilhelmina", "family": unique}], "birth_date": "1991-03-04"}
    first = crossflag.send("police", [record(f"{unique}-1", persons=[person])], info=True)["items"][0]
    second = crossflag.send("housing", [{**record(f"{unique}-2", persons=[person]), "kind": "tenancy"}], info=True)["items"][0]
    assert first["entities"] == [{"ref": "p1", "entity": second["entities"][0]["entity"]}]


def test_json_csv_and_gzip(crossflag, unique):
    one = post(crossflag, json.dumps(record(f"{unique}-one")), type="application/json")
    many = post(crossflag, json.dumps([record(f"{unique}-two"), record(f"{unique}-three")]), type="application/json")
    assert (one.json["accepted"], many.json["accepted"]) == (1, 2)
    packed = gzip.compress(ndjson(record(f"{unique}-four")).encode())
    assert post(crossflag, packed, headers={"Content-Encoding": "gzip"}).json["accepted"] == 1
    csv = "Absence Ref,Date\n"
    header = post(crossflag, csv, feed="education", type="text/csv")
    assert header.status == 400 and header.json["detail"], "a header that no layout of the feed fits is named"
    assert post(crossflag, "a,b\n1,2\n", feed="police", type="text/csv").status == 415, "a feed without a mapping"
    assert post(crossflag, "x", type="text/plain").status == 415


def test_dry_run_takes_nothing(crossflag, unique):
    feed = crossflag.client("police-feed")
    answer = feed.post("/v1/feeds/police/validate", ndjson(record(unique), {"id": 7}), type="application/x-ndjson")
    assert answer.status == 200 and answer.json["accepted"] == 1 and answer.json["rejected"] == 1
    assert feed.get(f"/v1/feeds/police/records/{unique}").status == 404


def test_bodies_that_are_not_records(crossflag, unique):
    assert post(crossflag, b"{\"id\":", type="application/json").status == 400
    assert post(crossflag, b"\xff\xfe\x00", type="application/json").status == 400
    assert post(crossflag, b"not gzip", headers={"Content-Encoding": "gzip"}).status == 400
    lines = post(crossflag, b"\xff\xfe{}\n" + ndjson(record(unique)).encode()).json
    assert (lines["accepted"], lines["rejected"]) == (1, 1)
    deep = "[" * 200000 + "]" * 200000
    assert post(crossflag, deep, type="application/json").json["rejected"] == 1
    nested = record(unique + "d")
    nested["details"] = {"reason": json.loads("[" * 60 + "]" * 60)}
    assert post(crossflag, ndjson(nested)).json["rejected"] == 1
    long = post(crossflag, ndjson(record(f"{unique}-long", summary="x" * (1 << 20)), record(f"{unique}-short"))).json
    assert (long["accepted"], long["rejected"]) == (1, 1)


def test_too_large_is_413(crossflag):
    answer = post(crossflag, b" " * (17 << 20))
    assert answer.status == 413
    assert answer.headers["Content-Type"] == "application/problem+json"
    bomb = gzip.compress(b" " * (64 << 20))
    assert post(crossflag, bomb, headers={"Content-Encoding": "gzip"}).status == 413


def test_a_million_lines(crossflag):
    answer = post(crossflag, b"{}\n" * 1_000_000, headers={})
    result = answer.json
    assert (answer.status, result["received"], result["rejected"]) == (200, 1_000_000, 1_000_000)
    assert result["truncated"] and len(result["items"]) == 5000


def test_unknown_members_are_refused(crossflag, unique):
    result = post(crossflag, ndjson(record(unique, personz=[]), record(unique, persons=[{"nammes": []}]))).json
    assert [item["errors"][0]["pointer"] for item in result["items"]] == ["/personz", "/persons/0/nammes"]


def test_many_senders_at_once_lose_nothing(crossflag, unique):
    bodies = [ndjson(*(record(f"{unique}-{worker}-{number}") for number in range(200))) for worker in range(8)]

    def send(body):
        return post(crossflag, body).json["accepted"]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(send, bodies)) == 1600
        crossflag.send("police", [record(f"{unique}-last")], info=True)
        assert sum(pool.map(send, bodies)) == 0, "all of it is on record: the same again is unchanged"


def test_schema_agrees_with_the_parser(crossflag, node_modules, unique):
    """ajv, an independent validator, judges the shipped cases by the schema that the daemon serves; the daemon judges them by its parser."""
    schema = crossflag.client().get("/schemas/record.json")
    assert schema.status == 200
    cases = ROOT / "tests" / "cases" / "records"
    done = subprocess.run(["node", "validate.mjs", str(cases)], cwd=CLIENTS, input=schema.body, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    verdicts = json.loads(done.stdout)
    assert len(verdicts) >= 60
    feed = crossflag.client("police-feed")
    for name, valid in verdicts.items():
        text = b"[" + (cases / name).read_bytes() + b"]"
        answer = feed.post("/v1/feeds/police/validate", text, type="application/json")
        taken = answer.status == 200 and answer.json["accepted"] == 1
        assert taken == name.startswith("valid/"), (name, answer.body)
        if name.startswith("valid/"):
            assert valid, f"{name}: the schema refuses what the parser takes"
