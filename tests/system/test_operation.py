# SPDX-License-Identifier: Apache-2.0
"""What those who run the daemon see of it: life, readiness, measurements, and a description of the API that is tested against the API."""

import json
import re
import subprocess

import pytest

from conftest import CLIENTS, PURPOSE, ROOT, wait_for
from world import child, names_of, repeat_missing

# contract.md's list; the audit tree is a later release's.
NAMES = {"crossflag_ingest_records_total", "crossflag_ingest_to_alert_seconds", "crossflag_fold_position", "crossflag_fold_lag_entries", "crossflag_link_decisions_total",
         "crossflag_delivery_attempts_total", "crossflag_subscription_oldest_unacked_seconds", "crossflag_build_info"}


def metrics(daemon, name="auditor"):
    """{series: value} and the families' types."""
    answer = daemon.client(name).get("/metrics")
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    series, types = {}, {}
    for line in answer.body.decode().splitlines():
        if line.startswith("# TYPE "):
            _, _, family, kind = line.split(" ")
            assert family not in types, f"{family} twice"
            types[family] = kind
        elif not line.startswith("#"):
            match = re.fullmatch(r'([a-z_:][a-z0-9_:]*(?:\{(?:[a-z_]+="(?:[^"\\]|\\.)*",?)*\})?) (\S+)', line)
            assert match, line
            assert match[1] not in series, f"{match[1]} twice"
            series[match[1]] = float(match[2])
    return series, types


def total(series, prefix):
    return sum(value for name, value in series.items() if name.startswith(prefix))


def test_livez_and_readyz(crossflag):
    anybody = crossflag.client()
    assert anybody.get("/livez").json["status"] == "alive"
    ready = anybody.get("/readyz")
    assert (ready.status, ready.json["status"], ready.json["role"], ready.json["missing"]) == (200, "ready", "writer", [])
    assert anybody.get("/readyz?role=writer").status == 200
    follower = anybody.get("/readyz?role=follower")
    assert follower.status == 503 and follower.json["missing"]
    assert anybody.get("/readyz?role=king").status == 400


def test_metrics_are_there_and_move(crossflag, unique):
    before, types = metrics(crossflag)
    crossflag.send("police", repeat_missing(unique), info=True)
    bad = crossflag.client("police-feed").post("/v1/feeds/police/records", "{}\n", type="application/x-ndjson")
    assert bad.json["rejected"] == 1
    after, types = metrics(crossflag)
    assert after["crossflag_fold_position"] > before["crossflag_fold_position"] and after["crossflag_fold_lag_entries"] >= 0
    for result, count in (("accepted", 3), ("invalid", 1)):
        name = f'crossflag_ingest_records_total{{feed="police",result="{result}"}}'
        assert after.get(name, 0) - before.get(name, 0) == count, name
    assert total(after, "crossflag_http_requests_total") > total(before, "crossflag_http_requests_total")
    # A flag on a child makes the demonstration's webhook subscriptions speak; a place of concern goes to the police by webhook.
    assert crossflag.client("police-subscriber").post("/v1/subscriptions/police-webhook/test").status == 202
    delivered = 'crossflag_delivery_attempts_total{code_class="2xx"}'
    wait_for(lambda: total(metrics(crossflag)[0], delivered) > total(before, delivered), "a delivery counted")
    wait_for(lambda: total(metrics(crossflag)[0], "crossflag_ingest_to_alert_seconds_count") > 0, "its time measured")


def test_metrics_of_the_contract(crossflag, unique):
    crossflag.send("police", repeat_missing(unique), info=True)
    crossflag.client("police-subscriber").post("/v1/subscriptions/police-webhook/test")
    _, types = metrics(crossflag)
    assert NAMES - set(types) == set()
    assert all(types[name] == "counter" for name in types if name.endswith("_total"))
    assert types["crossflag_ingest_to_alert_seconds"] == "histogram"


def test_no_label_names_a_person(crossflag, unique):
    crossflag.send("police", repeat_missing(unique), info=True)
    given, family = names_of(child(unique))
    assert crossflag.client("officer").post("/v1/search", {"given": given, "family": family}, headers=PURPOSE).json["items"]
    crossflag.client("officer").get(f"/v1/nothing/{family}", headers=PURPOSE)
    text = crossflag.client("admin").get("/metrics").body.decode()
    for word in (unique, given, family, given.upper(), family.upper(), given.lower(), family.lower()):
        assert word not in text


def test_histograms_add_up(crossflag):
    series, types = metrics(crossflag)
    for family in (name for name, kind in types.items() if kind == "histogram"):
        buckets = {}
        for name, value in series.items():
            if name.startswith(f"{family}_bucket{{"):
                labels, bound = re.fullmatch(r'[a-z_]+\{(?:(.*),)?le="([^"]+)"\}', name).groups()
                buckets.setdefault(labels or "", []).append((float(bound.replace("+Inf", "inf")), value))
        for labels, pairs in buckets.items():
            counts = [value for _, value in sorted(pairs)]
            assert counts == sorted(counts)
            assert counts[-1] == series[f"{family}_count" + (f"{{{labels}}}" if labels else "")]


@pytest.fixture(scope="module")
def description(crossflag):
    answer = crossflag.client().get("/openapi.json")
    assert answer.status == 200 and answer.headers["Content-Type"] == "application/json"
    return answer.json


def operations(description):
    return [(method.upper(), path, operation) for path, item in description["paths"].items() for method, operation in item.items() if method in ("get", "post", "put", "patch", "delete")]


def routes():
    """The route tables, read from the sources that hold them."""
    found = set()
    for source in (ROOT / "daemon").glob("*.c"):
        text = source.read_text()
        for table in re.findall(r"const struct xf_route xf_routes_\w+\[\] = \{(.*?)\n\};", text, re.S):
            one = re.search(r'#define ONE "([^"]+)"', text)
            for method, path in re.findall(r'\{"([A-Z]+)", ((?:ONE )?(?:"[^"]*"|ONE))', table):
                found.add((method, "".join(one[1] if part == "ONE" else part.strip('"') for part in path.split())))
    return found


def test_openapi_is_valid(crossflag, description, node_modules):
    assert description["openapi"].startswith("3.1.")
    assert description["info"]["title"] and description["info"]["version"]
    assert re.search(r"bearer", json.dumps(description["components"]["securitySchemes"]))
    identities = [operation["operationId"] for _, _, operation in operations(description) if "operationId" in operation]
    assert len(identities) == len(set(identities))
    for method, path, operation in operations(description):
        assert operation["responses"] and operation["summary"], path
        declared = {parameter["name"] for parameter in map(resolver(description), operation.get("parameters", [])) if parameter["in"] == "path"} | \
                   {parameter["name"] for parameter in map(resolver(description), description["paths"][path].get("parameters", [])) if parameter["in"] == "path"}
        assert declared == set(re.findall(r"\{(\w+)\}", path)), (method, path)
    # Every reference leads somewhere, and every schema compiles under JSON Schema 2020-12.
    for reference in re.findall(r'"\$ref": "(#[^"]+)"', json.dumps(description)):
        resolver(description)({"$ref": reference})
    documents = json.dumps({"openapi": description, "record": crossflag.client().get("/schemas/record.json").json})
    done = subprocess.run(["node", "openapi.mjs"], cwd=CLIENTS, input=documents, text=True, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr


def resolver(description):
    def resolve(value):
        if "$ref" not in value:
            return value
        found = description
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return found
    return resolve


def test_every_route_is_described_and_every_description_is_a_route(description):
    assert len(routes()) >= 30
    assert {(method, path) for method, path, _ in operations(description)} == routes()


def test_every_described_path_answers(crossflag, description, unique):
    """With the right credentials each operation answers something else than 404 of an unknown path or 405."""
    crossflag.send("police", repeat_missing(unique), info=True)
    assert crossflag.client("hub-subscriber").post("/v1/subscriptions", {"id": unique}).status == 201
    flag = crossflag.client("social-worker").get("/v1/flags?limit=1", headers=PURPOSE).json["items"][0]["id"]
    entity = crossflag.client("officer").post("/v1/search", {"family": names_of(child(unique))[1]}, headers=PURPOSE).json["items"][0]["id"]
    values = {"feed": "police", "flags": flag, "entities": entity, "subscriptions": unique, "records": f"{unique}-1", "principals": "nobody-of-this-name",
              "decisions": "1"}
    names = ("police-feed", "social-worker", "officer", "reviewer", "admin", "hub-subscriber", "check")
    undeclared = []
    for method, path, operation in sorted(operations(description), key=lambda one: one[0] == "DELETE"):
        concrete = path.replace("{feed}", "police")
        concrete = re.sub(r"/(\w+)/\{\w+\}", lambda match: f"/{match[1]}/{values[match[1]]}", concrete)
        statuses = {}
        for name in names:
            timeout = 2 if path.endswith("/stream") else 30
            try:
                answer = crossflag.client(name, timeout=timeout).request(method, concrete, body={} if method in ("POST", "PUT", "PATCH") else None, headers=PURPOSE)
            except TimeoutError:  # a stream that stays open is an answer
                statuses[name] = 200
                continue
            statuses[name] = answer.status
            assert answer.status != 405, (method, concrete)
            if answer.status == 404:
                assert answer.json["type"] != "https://crossflag.uk/problems/not-found", (method, concrete)
            assert answer.status < 500, (method, concrete, answer.body)
            if str(answer.status) not in operation["responses"]:
                undeclared.append((method, path, answer.status))
        assert any(status not in (401, 403) for status in statuses.values()), (method, path, statuses)
    assert sorted(set(undeclared)) == []


def test_wrong_methods_are_405_and_unknown_paths_404(crossflag):
    answer = crossflag.client("admin").request("PATCH", "/v1/principals")
    assert answer.status == 405 and "GET" in answer.headers["Allow"] and "POST" in answer.headers["Allow"]
    assert crossflag.client("admin").get("/v1/nothing").status == 404
    assert crossflag.client().get("/nothing").status == 404


def test_feeds_and_their_status(crossflag, unique):
    listed = crossflag.client("auditor").get("/v1/feeds").json["items"]
    assert {"police", "social-care", "education", "housing", "licensing", "health"} <= {feed["name"] for feed in listed}
    assert [feed["name"] for feed in crossflag.client("police-feed").get("/v1/feeds").json["items"]] == ["police"]
    before = crossflag.client("police-feed").get("/v1/feeds/police/status").json
    crossflag.send("police", repeat_missing(unique), info=True)
    after = crossflag.client("police-feed").get("/v1/feeds/police/status").json
    assert after["records"] == before["records"] + 3 and after["last_position"] > before["last_position"] and after["latest_event_at"]
    foreign = [crossflag.client("police-feed").get(f"/v1/feeds/{name}/status") for name in ("housing", "nothing")]
    assert [answer.status for answer in foreign] == [403, 403], "whether another feed exists is not told"
    assert crossflag.client("auditor").get("/v1/feeds/nothing/status").status == 404


def test_the_log_is_json_lines(crossflag):
    lines = (crossflag.directory / "crossflagd.log").read_text().splitlines()
    assert lines
    for line in lines:
        parsed = json.loads(line)
        assert {"time", "level", "event"} <= set(parsed) and "members_lost" not in parsed, line
