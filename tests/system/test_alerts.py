# SPDX-License-Identifier: Apache-2.0
"""Alerts as partners receive them: by webhook, stream and pull, with the partners' own libraries from npm (standardwebhooks, cloudevents, eventsource)."""

import concurrent.futures
import json
import time

import pytest

from conftest import PURPOSE, wait_for
from world import Program, Proxy, World, adult, all_events, assessment, child, episode, events, flags, met, names_of, premises, repeat_missing


def seq(number):
    """A sequence number as events carry it."""
    return str(number).zfill(20)


@pytest.fixture(scope="module")
def alerting():
    """A daemon whose webhook retries are quick and whose memory of events is short, so that the table is read too."""
    world = World(webhook_retry_scale=4, outbox_keep=16)
    yield world
    world.close()


@pytest.fixture(scope="module")
def receiver(alerting, node_modules):
    tls = alerting.directory / "tls"
    with Program("receiver.mjs", tls / "subscriber.pem", tls / "subscriber.key", ca=alerting.daemon.demo["ca"]) as program:
        program.port = program.next(lambda line: "port" in line)["port"]
        yield program


def subscribe(daemon, identity, name, **more):
    answer = daemon.client(name).post("/v1/subscriptions", {"id": identity, **more})
    assert answer.status == 201, answer.body
    return answer.json


def hook(alerting, receiver, identity, name="hub-subscriber", answers=(), retry_after=None, **more):
    """A webhook subscription whose endpoint knows its secret; returns (path, subscription)."""
    path = f"/hooks/{identity}"
    made = subscribe(alerting.daemon, identity, name, url=f"https://127.0.0.1:{receiver.port}{path}", **more)
    tell(receiver, path, secrets=[made["secret"]], public_keys=[made["public_key"]], answers=list(answers), retry_after=retry_after)
    return path, made


def tell(receiver, path, **more):
    receiver.tell(path=path, **more)
    receiver.next(lambda line: line.get("told") == path)


def delivery(receiver, path):
    return receiver.next(lambda line: line.get("path") == path)


def test_webhook_is_signed_and_a_cloudevent(alerting, receiver, unique):
    path, made = hook(alerting, receiver, f"signed-{unique}", filter={"types": ["repeat_missing"]})
    assert made["way"] == "webhook" and made["secret"].startswith("whsec_") and made["public_key"].startswith("whpk_")
    alerting.daemon.send("police", repeat_missing(unique))
    got = delivery(receiver, path)
    assert got["method"] == "POST" and got["verified"] == [True]
    assert not got["tampered"] and not got["replayed"], "neither another body nor another time passes"
    assert got["verified_keys"] == [True], "ed25519 beside the shared secret"
    assert got["headers"]["content-type"].startswith("application/cloudevents+json")
    assert "error" not in got["cloudevent"], got["cloudevent"]
    assert got["cloudevent"]["same"]
    event = json.loads(got["body"])
    assert event["type"] == "uk.crossflag.flag.raised.v1" and event["sequence"] == seq(1)
    assert event["id"] == got["headers"]["webhook-id"]
    assert event["data"]["type"] == "repeat_missing" and event["data"]["status"] == "proposed"
    assert event["data"]["handling"] == {"code": "P", "conditions": []}
    assert alerting.daemon.client("hub-subscriber").get(f"/v1/subscriptions/signed-{unique}").json.get("secret") is None, "a secret is shown once"


def test_both_secrets_sign_during_rotation(alerting, receiver, unique):
    path, made = hook(alerting, receiver, f"rotated-{unique}")
    client = alerting.daemon.client("hub-subscriber")
    rotated = client.post(f"/v1/subscriptions/rotated-{unique}/secret/rotate").json
    assert rotated["secret"] != made["secret"]
    tell(receiver, path, secrets=[made["secret"], rotated["secret"], "whsec_" + "A" * 32], public_keys=[rotated["public_key"]])
    assert client.post(f"/v1/subscriptions/rotated-{unique}/test").status == 202
    got = delivery(receiver, path)
    assert got["verified"] == [True, True, False] and got["verified_keys"] == [True]
    assert json.loads(got["body"])["type"] == "uk.crossflag.test.v1" and "error" not in got["cloudevent"]


def test_retries_keep_id_and_order(alerting, receiver, unique):
    path, _ = hook(alerting, receiver, f"retried-{unique}", answers=[500, 503, 429], filter={"types": ["repeat_missing"]})
    alerting.daemon.send("police", repeat_missing(f"{unique}a"))
    alerting.daemon.send("police", repeat_missing(f"{unique}b"))
    got = [delivery(receiver, path) for _ in range(5)]
    assert [line["status"] for line in got] == [500, 503, 429, 204, 204]
    assert len({line["headers"]["webhook-id"] for line in got[:4]}) == 1, "the same id at every retry"
    assert len({line["body"] for line in got[:4]}) == 1
    assert all(line["verified"] == [True] for line in got), "each attempt is signed anew"
    assert [json.loads(line["body"])["sequence"] for line in got[3:]] == [seq(1), seq(2)], "nothing overtakes"
    client = alerting.daemon.client("hub-subscriber")

    def attempts():
        items = client.get(f"/v1/subscriptions/retried-{unique}/attempts").json["items"]
        return items if len(items) == 5 else None

    assert [(item["seq"], item["attempt"], item["status"]) for item in reversed(wait_for(attempts, "the log of attempts"))] == \
        [(1, 1, 500), (1, 2, 503), (1, 3, 429), (1, 4, 204), (2, 1, 204)]
    wait_for(lambda: client.get(f"/v1/subscriptions/retried-{unique}").json["delivery"]["delivered_seq"] == 2, "the delivery's standing")


def test_a_killed_daemon_delivers_after_its_restart(alerting, receiver, unique):
    """What was not taken before the crash comes after it, under the same ids, in the same order, and nothing that was taken comes for long again."""
    daemon = alerting.daemon
    path, _ = hook(alerting, receiver, f"crashed-{unique}", filter={"types": ["repeat_missing"]})
    daemon.send("police", repeat_missing(f"{unique}a"))
    taken = delivery(receiver, path)
    tell(receiver, path, answers=[500] * 1000)
    daemon.send("police", repeat_missing(f"{unique}b"))
    daemon.send("police", repeat_missing(f"{unique}c"))
    refused = delivery(receiver, path)
    pulled = events(daemon, f"crashed-{unique}", "hub-subscriber")
    daemon.kill()
    tell(receiver, path, answers=[])
    daemon.start("writer")
    got = []
    while len(got) < 2:
        line = delivery(receiver, path)
        if line["status"] == 204 and line["body"] != taken["body"]:
            got.append(line)
    assert got[0]["body"] == refused["body"] and got[0]["headers"]["webhook-id"] == refused["headers"]["webhook-id"]
    assert [json.loads(line["body"]) for line in got] == pulled[1:] and all(line["verified"] == [True] for line in got)


def test_retry_after_is_honoured(alerting, receiver, unique):
    path, _ = hook(alerting, receiver, f"later-{unique}", answers=[503], retry_after=1)
    assert alerting.daemon.client("hub-subscriber").post(f"/v1/subscriptions/later-{unique}/test").status == 202
    first = delivery(receiver, path)
    refused_at = time.monotonic()
    second = delivery(receiver, path)
    assert (first["status"], second["status"]) == (503, 204) and time.monotonic() - refused_at >= 0.9


def test_410_disables_and_nothing_is_lost(alerting, receiver, unique):
    path, _ = hook(alerting, receiver, f"gone-{unique}", answers=[410])
    client = alerting.daemon.client("hub-subscriber")
    assert client.post(f"/v1/subscriptions/gone-{unique}/test").status == 202
    first = delivery(receiver, path)
    assert first["status"] == 410
    shown = wait_for(lambda: (lambda one: None if one["enabled"] else one)(client.get(f"/v1/subscriptions/gone-{unique}").json), "disabled")
    assert "410" in shown["reason"]
    assert client.post(f"/v1/subscriptions/gone-{unique}/test").status == 202
    assert len(events(alerting.daemon, f"gone-{unique}", "hub-subscriber")) == 2, "what comes meanwhile is kept"
    assert client.post(f"/v1/subscriptions/gone-{unique}/enable").json["enabled"]
    again = [delivery(receiver, path) for _ in range(2)]
    assert [line["status"] for line in again] == [204, 204] and again[0]["headers"]["webhook-id"] == first["headers"]["webhook-id"]


def test_stream_resumes_where_it_broke(alerting, node_modules, unique):
    daemon, name = alerting.daemon, f"streamed-{unique}"
    subscribe(daemon, name, "hub-subscriber")
    client = daemon.client("hub-subscriber")
    proxy = Proxy(daemon.client().url.hostname, daemon.client().url.port)
    token = daemon.demo["principals"]["hub-subscriber"]["token"]
    url = f"https://127.0.0.1:{proxy.port}/v1/subscriptions/{name}/stream"
    try:
        with Program("stream.mjs", url, ca=daemon.demo["ca"], TOKEN=token) as stream:
            opened = stream.next(lambda line: "connected" in line)
            assert opened["connected"] == 200 and opened["type"].startswith("text/event-stream") and opened["last_event_id"] in (None, "")
            daemon.send("police", repeat_missing(unique))
            one = stream.next(lambda line: line.get("id") == seq(1))
            assert one["type"] == "uk.crossflag.flag.raised.v1" and one["strict"]
            proxy.cut()
            for _ in range(3):
                assert client.post(f"/v1/subscriptions/{name}/test").status == 202
            assert stream.next(lambda line: "connected" in line)["last_event_id"] == seq(1)
            got = [stream.next(lambda line: "id" in line)["id"] for _ in range(3)]
            assert got == [seq(2), seq(3), seq(4)], "what came while the line was cut, each once"
        with Program("stream.mjs", url, "3", ca=daemon.demo["ca"], TOKEN=token) as later:
            assert later.next(lambda line: "id" in line)["id"] == seq(4)
    finally:
        proxy.close()
    answer = client.get(f"/v1/subscriptions/{name}/stream", headers={"Last-Event-ID": "yesterday"})
    assert answer.status == 400


def test_pull_pages_waits_and_acknowledges(alerting, unique):
    daemon, name = alerting.daemon, f"pulled-{unique}"
    client = daemon.client("hub-subscriber")
    assert subscribe(daemon, name, "hub-subscriber")["way"] == "pull"
    assert events(daemon, name, "hub-subscriber") == []
    started = time.monotonic()
    assert events(daemon, name, "hub-subscriber", wait=1) == [] and time.monotonic() - started >= 0.9
    for _ in range(40):
        assert client.post(f"/v1/subscriptions/{name}/test").status == 202
    page = client.get(f"/v1/subscriptions/{name}/events?after=0&limit=7").json
    assert [int(event["sequence"]) for event in page["items"]] == list(range(1, 8))
    assert [int(event["sequence"]) for event in all_events(daemon, name, "hub-subscriber")] == list(range(1, 41)), "from memory and table alike"
    assert client.post(f"/v1/subscriptions/{name}/ack", {"seq": 39}).json["acknowledged_seq"] == 39
    assert client.post(f"/v1/subscriptions/{name}/ack", {"seq": 5}).json["acknowledged_seq"] == 39, "cumulative: never back"
    assert client.post(f"/v1/subscriptions/{name}/ack", {"seq": 41}).status == 422
    assert [int(event["sequence"]) for event in client.get(f"/v1/subscriptions/{name}/events").json["items"]] == [40], "without after it goes on from there"
    assert client.get(f"/v1/subscriptions/{name}/events?after=minus").status == 400


def test_a_long_poll_is_answered_by_the_event(alerting, unique):
    daemon, name = alerting.daemon, f"polled-{unique}"
    subscribe(daemon, name, "hub-subscriber")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        started = time.monotonic()
        waiting = pool.submit(events, daemon, name, "hub-subscriber", wait=25)
        wait_for(lambda: "crossflag_http_connections" in daemon.client("admin").get("/metrics").body.decode(), "the poll under way")
        assert daemon.client("hub-subscriber").post(f"/v1/subscriptions/{name}/test").status == 202
        assert [event["type"] for event in waiting.result(30)] == ["uk.crossflag.test.v1"]
        assert time.monotonic() - started < 20


def test_three_ways_one_sequence(alerting, receiver, unique):
    """The same subscription read by webhook, stream and pull: the same numbers, ids and bodies."""
    daemon, name = alerting.daemon, f"ways-{unique}"
    path, _ = hook(alerting, receiver, name)
    daemon.send("police", repeat_missing(unique))
    daemon.send("police", [met(unique, 1), met(unique, 2)], info=True)
    repeat = next(event["data"]["id"] for event in all_events(daemon, name, "hub-subscriber") if event["data"]["type"] == "repeat_missing")
    assert daemon.client("social-worker").post(f"/v1/flags/{repeat}/confirm", {"rationale": "Read the episodes."}, headers=PURPOSE).status == 200
    assert daemon.client("hub-subscriber").post(f"/v1/subscriptions/{name}/test").status == 202
    pulled = wait_for(lambda: (lambda got: got if got and got[-1]["type"] == "uk.crossflag.test.v1" else None)(all_events(daemon, name, "hub-subscriber")), "the last event")
    assert [int(event["sequence"]) for event in pulled] == list(range(1, len(pulled) + 1))
    types = [event["type"].split(".")[3] for event in pulled]
    assert types.count("raised") >= 2 and "confirmed" in types
    pushed = [json.loads(delivery(receiver, path)["body"]) for _ in pulled]
    assert pushed == pulled
    token = daemon.demo["principals"]["hub-subscriber"]["token"]
    with Program("stream.mjs", f"{daemon.url}/v1/subscriptions/{name}/stream?last_event_id=0", ca=daemon.demo["ca"], TOKEN=token) as stream:
        streamed = [stream.next(lambda line: "id" in line) for _ in pulled]
    assert [json.loads(line["data"]) for line in streamed] == pulled
    assert [line["id"] for line in streamed] == [seq(number) for number in range(1, len(pulled) + 1)]
    assert len({event["id"] for event in pulled}) == len(pulled)


def test_a_flag_withdrawn_by_a_correction_is_told(alerting, unique):
    daemon, name = alerting.daemon, f"withdrawn-{unique}"
    subscribe(daemon, name, "hub-subscriber", filter={"types": ["location_of_concern"]})
    daemon.send("police", [met(unique, 1), met(unique, 2)])
    daemon.send("police", [met(unique, 2, place=premises(f"other{unique}"))], info=True)
    told = events(daemon, name, "hub-subscriber")
    assert [event["type"] for event in told] == ["uk.crossflag.flag.raised.v1", "uk.crossflag.flag.withdrawn.v1"]
    assert told[0]["data"]["id"] == told[1]["data"]["id"] and told[1]["data"]["status"] == "withdrawn"
    assert told[0]["subject"] == told[1]["subject"]


@pytest.mark.parametrize("filter,expected", [
    ({"types": ["possible_perpetrator"]}, {"possible_perpetrator"}),
    ({"kinds": ["location"]}, {"location_of_concern"}),
    ({"levels": ["low"]}, set()),
    ({"areas": ["harrowmere"], "kinds": ["person", "location"]}, {"possible_perpetrator", "location_of_concern"}),
    ({"areas": ["nowhere"]}, set()),
    ({"my_records": True, "kinds": ["location"]}, {"location_of_concern"}),
], ids=["types", "kinds", "levels", "areas", "other-areas", "my-records"])
def test_filters(alerting, unique, filter, expected):
    subscribe(alerting.daemon, f"filtered-{unique}", "police-subscriber", filter=filter)
    alerting.daemon.send("police", [met(unique, 1), met(unique, 2)], info=True)
    assert {event["data"]["type"] for event in events(alerting.daemon, f"filtered-{unique}", "police-subscriber")} == expected


def test_bad_subscriptions_are_refused(alerting, unique):
    client = alerting.daemon.client("hub-subscriber")
    for body, pointer in (({"filter": {"tipes": []}}, "/filter/tipes"), ({"filter": {"levels": ["loud"]}}, "/filter/levels"), ({"way": "webhook"}, "/url"),
                          ({"url": "http://127.0.0.1/x"}, "/url"), ({"id": "Not An Id"}, "/id"), ({"agency": "police"}, "/agency"), ({"colour": "red"}, "/colour")):
        answer = client.post("/v1/subscriptions", body)
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer), body
    subscribe(alerting.daemon, f"taken-{unique}", "hub-subscriber")
    assert client.post("/v1/subscriptions", {"id": f"taken-{unique}"}).status == 409


def test_another_agency_sees_none_of_it(alerting, unique):
    subscribe(alerting.daemon, f"own-{unique}", "hub-subscriber")
    other = alerting.daemon.client("police-subscriber")
    path = f"/v1/subscriptions/own-{unique}"
    truly_missing = other.get("/v1/subscriptions/there-is-none")
    for method, end, body in (("GET", "", None), ("PATCH", "", {"name": "x"}), ("DELETE", "", None), ("GET", "/events", None), ("GET", "/stream", None), ("POST", "/ack", {"seq": 0}),
                              ("POST", "/test", None), ("POST", "/secret/rotate", None), ("POST", "/enable", None), ("GET", "/attempts", None), ("GET", "/held", None)):
        answer = other.request(method, path + end, body=body)
        assert (answer.status, answer.json["type"], answer.json["title"]) == (404, truly_missing.json["type"], truly_missing.json["title"]), end
    assert f"own-{unique}" not in [item["id"] for item in other.get("/v1/subscriptions?limit=200").json["items"]]
    assert alerting.daemon.client("hub-subscriber").get(path).status == 200


def test_webhooks_into_private_networks_are_refused(alerting, receiver, unique):
    daemon = alerting.daemon
    client = daemon.client("hub-subscriber")
    for host in ("10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "[::1]", "[fd00::1]", "0.0.0.0", "100.64.0.1"):
        answer = client.post("/v1/subscriptions", {"url": f"https://{host}/x"})
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/url"), host
    path, _ = hook(alerting, receiver, f"private-{unique}")
    keys = dict(daemon.keys)
    daemon.configure({key: value for key, value in keys.items() if key != "allow_networks"})
    daemon.reload()
    try:
        refused = client.post("/v1/subscriptions", {"url": f"https://127.0.0.1:{receiver.port}/x"})
        assert refused.status == 422, "what the configuration no longer allows"
        assert client.post(f"/v1/subscriptions/private-{unique}/test").status == 202

        def refused_attempt():
            items = client.get(f"/v1/subscriptions/private-{unique}/attempts").json["items"]
            return items and items[0]["status"] == 0 and items

        wait_for(refused_attempt, "an attempt that never left the house")
    finally:
        daemon.configure(keys)
        daemon.reload()
    assert delivery(receiver, path)["status"] == 204, "allowed again, it goes out with the next retry"


def test_disclosure_to_a_school(alerting, unique):
    """A school learns of its pupil, never of an adult, and sees its own record's id."""
    daemon, name = alerting.daemon, f"school-{unique}"
    subscribe(daemon, name, "education-subscriber")
    pupil = child(unique)
    daemon.send("education", [{"id": f"{unique}-roll", "kind": "education_roll", "occurred_at": "2026-09-01T08:00:00Z", "persons": [{**pupil, "role": "pupil"}]}])
    daemon.send("social-care", [assessment(f"{unique}-secret", pupil)])
    daemon.send("police", [met(unique, 1), met(unique, 2), episode(f"{unique}-gone", 0, [pupil, adult(unique)])], info=True)
    told = events(daemon, name, "education-subscriber")
    by_type = {event["data"]["type"]: event["data"] for event in told}
    assert set(by_type) == {"child_at_risk", "child_missing"}
    assert {record["id"] for record in by_type["child_at_risk"]["recipient_records"]} == {f"{unique}-roll"}
    text = json.dumps(told)
    for word in (*names_of(adult(unique)), *names_of(pupil), f"{unique}-secret", f"{unique}-met1", f"{unique}-gone"):
        assert word not in text, word
    withheld = by_type["child_at_risk"]["withheld"]
    assert withheld["records"] == 1 and withheld["ask"][0]["agency"] == "social-care" and withheld["ask"][0]["contact"]


def test_disclosure_to_licensing_is_a_pointer(alerting, unique):
    daemon, name = alerting.daemon, f"licensing-{unique}"
    subscribe(daemon, name, "licensing-subscriber")
    daemon.send("police", [met(unique, 1), met(unique, 2)], info=True)
    (event,) = events(daemon, name, "licensing-subscriber")
    data = event["data"]
    assert data["type"] == "location_of_concern" and data["recipient_records"] == []
    assert not {"reasons", "score", "rule", "raised_at"} & set(data) and not data["subject"].get("entity")
    assert data["withheld"]["ask"][0]["agency"] == "police"
    assert unique not in json.dumps(data)


def test_held_is_what_a_partner_should_have(alerting, unique):
    daemon, name = alerting.daemon, f"held-{unique}"
    daemon.send("police", repeat_missing(unique), info=True)
    subscribe(daemon, name, "hub-subscriber", filter={"types": ["repeat_missing"]})
    items, cursor = [], ""
    while cursor is not None:
        page = daemon.client("hub-subscriber").get(f"/v1/subscriptions/{name}/held?limit=3{cursor}").json
        items += page["items"]
        cursor = f"&cursor={page['next']}" if page["next"] else None
    known = {flag["id"] for flag in flags(daemon, "social-worker") if flag["type"] == "repeat_missing" and flag["status"] in ("proposed", "confirmed")}
    assert {flag["id"] for flag in items} == known and known


def test_an_ended_subscription_is_gone(alerting, unique):
    subscribe(alerting.daemon, f"ended-{unique}", "hub-subscriber")
    client = alerting.daemon.client("hub-subscriber")
    assert client.request("DELETE", f"/v1/subscriptions/ended-{unique}").status == 204
    assert client.get(f"/v1/subscriptions/ended-{unique}").status == 404
    assert client.get(f"/v1/subscriptions/ended-{unique}/events").status == 404
