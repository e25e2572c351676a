# SPDX-License-Identifier: Apache-2.0
"""The questions along the graph, as an officer asks them: links by hops, ways between two, what several have in common, what is near, what came when. On the
sample feeds, and on records of a test's own for what the caller may not see."""

import json
import shutil
import urllib.parse

import pytest

from conftest import PURPOSE, Daemon, instant, new_directory, quickstart, run_cli, stop
from world import adult, child

CASE = ("--purpose", "investigation CASE-1")


@pytest.fixture(scope="module")
def samples():
    """A daemon with the sample feeds."""
    directory = new_directory()
    quickstart(directory)
    yield Daemon(directory, json.loads((directory / "demo.json").read_text())["url"])
    stop(directory)
    shutil.rmtree(directory, ignore_errors=True)


def get(daemon, path, as_="officer", status=200, **query):
    answer = daemon.client(as_).get(path + ("?" + urllib.parse.urlencode(query) if query else ""), headers=PURPOSE)
    assert answer.status == status, answer.body
    return answer.json


def post(daemon, path, body, as_="officer", status=200):
    answer = daemon.client(as_).post(path, body, headers=PURPOSE)
    assert answer.status == status, answer.body
    return answer.json


def find(daemon, **question):
    items = post(daemon, "/v1/search", question)["items"]
    assert items, question
    return items[0]["id"]


def entities_of(daemon, feed, record):
    """Sends a record: the entities that it touches, by ref."""
    (item,) = daemon.send(feed, [record], info=True)["items"]
    return {entity["ref"]: entity["entity"] for entity in item["entities"]}


def ends(links):
    return {frozenset((link["from"], link["to"])) for link in links}


@pytest.fixture(scope="module")
def cast(samples):
    return {"amina": find(samples, given="Amina", family="Hussain", birth_date="2011-04-02"),
            "kayleigh": find(samples, given="Kayleigh", family="Barrow", birth_date="2010-09-07"),
            "pike": find(samples, given="Darren", family="Pike", birth_date="1984-03-11"), "taxi": find(samples, vrm="YD12KLM"),
            "grill": find(samples, kind="location", name="Star Grill")}


# On the samples

def test_who_else_was_with_these_two_children_and_which_car(samples, cast):
    answer = post(samples, "/v1/common?roles=-professional", {"entities": [cast["amina"], cast["kayleigh"]]})
    assert answer["set"] == [cast["amina"], cast["kayleigh"]] and not answer["truncated"]
    by_id = {item["entity"]["id"]: item for item in answer["items"]}
    assert {cast["pike"], cast["taxi"], cast["grill"]} <= set(by_id)
    assert all(item["shared"] == 2 for item in answer["items"])
    pike = by_id[cast["pike"]]
    assert pike["entity"]["kind"] == "person" and pike["entity"]["values"]["family"] in ("pike", "pyke")
    told = {link["type"]: link for link in pike["links"] if cast["amina"] in (link["from"], link["to"])}
    assert {"feed": "police", "id": "MIS-0118"} in told["found_with"]["records"]
    assert told["found_with"]["strength"] == "confirmed" and told["found_with"]["first"] < told["found_with"]["last"]
    assert {item["entity"]["id"] for item in answer["items"] if item["entity"]["kind"] == "vehicle"} >= {cast["taxi"]}
    # The letter that is believed to be malicious says something else: tentatively.
    tate = [item for item in answer["items"] if item["entity"]["values"].get("family") == "tate"]
    assert tate and all(link["strength"] == "tentative" for item in tate for link in item["links"])
    # Together with them, the children's own link: the takeaway's manager saw both.
    assert frozenset((cast["amina"], cast["kayleigh"])) in ends(answer["direct"])


def test_the_same_on_the_command_line(samples, cast):
    done = run_cli(samples, "officer", "links", *CASE, "--roles=-professional", cast["amina"], cast["kayleigh"])
    assert "pike" in done.stdout and "YD12KLM" in done.stdout and "tied to 2 of 2" in done.stdout and "police/MIS-0118" in done.stdout
    one = run_cli(samples, "officer", "links", *CASE, "--types", "found_in", cast["amina"])
    assert "YD12KLM" in one.stdout and "found_with" not in one.stdout
    answer = json.loads(run_cli(samples, "officer", "links", *CASE, "--json", "--hops", "2", cast["amina"]).stdout)
    assert answer["entity"] == cast["amina"] and {entity["depth"] for entity in answer["entities"]} == {0, 1, 2}


def test_links_of_an_entity(samples, cast):
    answer = get(samples, f"/v1/entities/{cast['amina']}/links", roles="-professional")
    assert answer["entity"] == cast["amina"] and answer["next"] is None and not answer["truncated"]
    assert all(cast["amina"] in (link["from"], link["to"]) for link in answer["items"])
    assert {entity["id"] for entity in answer["entities"]} == {entity for pair in ends(answer["items"]) for entity in pair}
    (found_in,) = [link for link in answer["items"] if link["type"] == "found_in" and link["to"] == cast["taxi"]]
    assert found_in["from"] == cast["amina"] and found_in["record_count"] == len(found_in["records"]) == 2
    fewer = get(samples, f"/v1/entities/{cast['amina']}/links", types="found_in,found_with", min_grade="1A", since=instant(days=20)[:10])
    assert {link["type"] for link in fewer["items"]} == {"found_in", "found_with"} and len(fewer["items"]) < len(answer["items"])
    assert get(samples, f"/v1/entities/{cast['amina']}/links", until="2001-01-01")["items"] == []
    cut = get(samples, f"/v1/entities/{cast['amina']}/links", limit=2)
    assert len(cut["items"]) == 2 and cut["truncated"]


def test_how_two_are_connected(samples, cast):
    holder = find(samples, given="Tomasz", family="Zieliński")
    answer = get(samples, "/v1/path", **{"from": holder, "to": cast["pike"], "all": 1})
    assert answer["length"] == 2 and len(answer["items"]) >= 2
    for path in answer["items"]:
        assert path["entities"][0] == holder and path["entities"][-1] == cast["pike"] and len(path["entities"]) == 3
        assert {frozenset(path["entities"][:2]), frozenset(path["entities"][1:])} == ends(path["links"])
        assert all(link["records"] for link in path["links"])
    assert cast["grill"] in {path["entities"][1] for path in answer["items"]}
    one = get(samples, "/v1/path", **{"from": holder, "to": cast["pike"]})
    assert len(one["items"]) == 1 and not one["truncated"]
    itself = get(samples, "/v1/path", **{"from": holder, "to": holder})
    assert itself["length"] == 0 and itself["items"] == [{"entities": [holder], "links": []}]
    none = get(samples, "/v1/path", **{"from": holder, "to": cast["pike"], "max_hops": 1})
    assert none["length"] is None and none["items"] == []
    done = run_cli(samples, "officer", "path", *CASE, holder, cast["pike"])
    assert "zieli" in done.stdout and "pike" in done.stdout
    assert run_cli(samples, "officer", "path", *CASE, "--max-hops", "1", holder, cast["pike"], check=False).returncode == 1


def test_what_came_when(samples, cast):
    answer = get(samples, f"/v1/entities/{cast['amina']}/timeline")
    times = [item["at"] for item in answer["items"]]
    assert times == sorted(times) and len({(item["record"]["feed"], item["record"]["id"]) for item in answer["items"]}) == len(times) > 5
    (found,) = [item for item in answer["items"] if item["record"] == {"feed": "police", "id": "MIS-0118"}]
    assert (found["kind"], found["role"], found["grade"]) == ("missing_episode", "missing", "1AP")
    assert {other["entity"]: other["types"] for other in found["with"]}[cast["pike"]] == ["found_with"]
    assert {cast["taxi"], cast["grill"]} <= {other["entity"] for other in found["with"]}
    seen, cursor = [], None
    while True:
        page = get(samples, f"/v1/entities/{cast['amina']}/timeline", limit=3, **({"cursor": cursor} if cursor else {}))
        seen += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == answer["items"]
    late = get(samples, f"/v1/entities/{cast['amina']}/timeline", since=instant(days=10))
    assert 0 < len(late["items"]) < len(times)


# With records of their own

def place(name, lat, lon, **more):
    return {"ref": "l1", "role": "premises", "type": "shop", "name": name, "lat": lat, "lon": lon, **more}


def test_what_is_near(crossflag, unique):
    names = [f"{unique} {word}" for word in ("Bakery", "Ironmonger", "Observatory")]
    spots = [(51.1, 1.9), (51.1009, 1.9), (51.19, 1.9)]
    ids = [entities_of(crossflag, "police", {"id": f"{unique}-{number}", "kind": "incident", "occurred_at": instant(days=1),
                                             "locations": [place(name, lat, lon, lines=[f"{number + 3} {unique} Street"], postcode=f"ZE{number + 1}1 4QQ")]})["l1"]
           for number, (name, (lat, lon)) in enumerate(zip(names, spots))]
    answer = get(crossflag, "/v1/near", lat=51.1, lon=1.9, radius_m=150)
    assert [(item["entity"]["id"], item["distance_m"]) for item in answer["items"]] == [(ids[0], 0), (ids[1], 100.1)]
    assert all(item["entity"]["kind"] == "location" for item in answer["items"]) and answer["next"] is None
    assert [item["entity"]["id"] for item in get(crossflag, "/v1/near", lat=51.1, lon=1.9, radius_m=12000)["items"]] == ids
    page = get(crossflag, "/v1/near", lat=51.1, lon=1.9, radius_m=12000, limit=2)
    assert page["next"] and [item["entity"]["id"] for item in get(crossflag, "/v1/near", lat=51.1, lon=1.9, radius_m=12000, cursor=page["next"])["items"]] == ids[2:]
    gone = crossflag.client("police-feed").request("DELETE", f"/v1/feeds/police/records/{unique}-1")
    assert gone.status == 200, gone.body
    moved = entities_of(crossflag, "police", {"id": f"{unique}-2", "kind": "incident", "occurred_at": instant(days=1),
                                              "locations": [place(names[2], 51.1, 1.9004, lines=[f"5 {unique} Street"], postcode="ZE31 4QQ")]})["l1"]
    assert [item["entity"]["id"] for item in get(crossflag, "/v1/near", lat=51.1, lon=1.9, radius_m=12000)["items"]] == [ids[0], moved]


def secret(unique, conditions, handling):
    """Two ways from a child to a man: by a friend, whom all may see, in two steps; and by one record that is not for everybody."""
    kind = {"kind": "intelligence", "occurred_at": instant(days=2)}
    girl, man, friend = child(unique, ref="p1"), adult(f"{unique}m", ref="p2", role="associate"), adult(f"{unique}f", ref="p3", role="associate")
    return [{"id": f"{unique}-1", "grade": "2BP", "persons": [girl, friend], **kind}, {"id": f"{unique}-2", "grade": "2BP", "persons": [friend, man], **kind},
            {"id": f"{unique}-3", "grade": f"2B{handling}", "conditions": conditions, "persons": [girl, man], "links": [{"from": "p1", "to": "p2", "type": "seen_with"}], **kind}]


@pytest.fixture(scope="module")
def care_officer(crossflag):
    """An officer of social care."""
    answer = crossflag.client("admin").post("/v1/principals", {"id": "links-care-officer", "agency": "social-care", "roles": ["officer"]})
    assert answer.status == 201, answer.body
    client = crossflag.client("officer")
    client.token = answer.json["token"]
    return client


def asked(client, path, **query):
    answer = client.get(path + ("?" + urllib.parse.urlencode(query) if query else ""), headers=PURPOSE)
    assert answer.status == 200, answer.body
    return answer.json


@pytest.mark.parametrize("conditions,handling,told", [(["S1"], "C", 1), ([], "C", 1), (["A2"], "C", 0)])
def test_no_way_leads_through_what_the_caller_may_not_see(crossflag, care_officer, unique, conditions, handling, told):
    persons = {}
    for record in secret(unique, conditions, handling):
        persons.update(entities_of(crossflag, "police", record))
    girl, man, friend = persons["p1"], persons["p2"], persons["p3"]
    assert len({girl, man, friend}) == 3
    police = get(crossflag, "/v1/path", **{"from": girl, "to": man})
    assert police["length"] == 1 and "withheld" not in police
    care = asked(care_officer, "/v1/path", **{"from": girl, "to": man})
    assert care["length"] == 2 and care["items"][0]["entities"] == [girl, friend, man]
    assert f"{unique}-3" not in json.dumps(care)
    assert care.get("withheld", {}).get("records", 0) == told
    links = asked(care_officer, f"/v1/entities/{girl}/links")
    assert ends(links["items"]) == {frozenset((girl, friend))} and man not in json.dumps(links)
    assert links.get("withheld", {}).get("links", 0) == told
    # What is asked for does not change what is withheld: no filter finds out what it is.
    assert asked(care_officer, f"/v1/entities/{girl}/links", types="owns").get("withheld") == links.get("withheld")
    if told:
        assert links["withheld"]["ask"][0]["agency"] == "police" and links["withheld"]["ask"][0]["contact"]
    timeline = asked(care_officer, f"/v1/entities/{girl}/timeline")
    assert [item["record"]["id"] for item in timeline["items"]] == [f"{unique}-1"] and timeline.get("withheld", {}).get("records", 0) == told
    common = care_officer.post("/v1/common", {"entities": [girl, man]}, headers=PURPOSE).json
    assert [item["entity"]["id"] for item in common["items"]] == [friend] and common["direct"] == []


def test_who_is_known_by_a_covert_record_alone_is_not_there(crossflag, care_officer, unique):
    (ghost,) = entities_of(crossflag, "police", {"id": f"{unique}-1", "kind": "intelligence", "occurred_at": instant(days=1), "grade": "2BC", "conditions": ["A2"],
                                                 "persons": [adult(unique, ref="p1", role="subject")]}).values()
    (other,) = entities_of(crossflag, "police", {"id": f"{unique}-2", "kind": "intelligence", "occurred_at": instant(days=1), "grade": "2BP",
                                                 "persons": [adult(f"{unique}o", ref="p1", role="subject")]}).values()
    for path in (f"/v1/entities/{ghost}/links", f"/v1/entities/{ghost}/timeline", f"/v1/path?from={ghost}&to={other}", f"/v1/path?from={other}&to={ghost}"):
        answer = care_officer.get(path, headers=PURPOSE)
        assert answer.status == 404, (path, answer.body)
        there = crossflag.client("officer").get(path, headers=PURPOSE)
        assert there.status == 200, (path, there.body)
    assert care_officer.post("/v1/common", {"entities": [ghost, other]}, headers=PURPOSE).status == 404


@pytest.mark.parametrize("path,pointer", [("/v1/entities/{0}/links?hops=0", "hops"), ("/v1/entities/{0}/links?hops=7", "hops"), ("/v1/entities/{0}/links?types=gossip", "types"),
                                          ("/v1/entities/{0}/links?roles=boss", "roles"), ("/v1/entities/{0}/links?since=soon", "since"),
                                          ("/v1/entities/{0}/links?since=2026-02-01&until=2026-01-01", "until"), ("/v1/entities/{0}/links?min_grade=9", "min_grade"),
                                          ("/v1/entities/{0}/links?as_at=2026-01-01", "as_at"), ("/v1/path?from={0}", "to"), ("/v1/path?to={0}", "from"),
                                          ("/v1/path?from={0}&to={0}&all=yes", "all"), ("/v1/path?from={0}&to={0}&roles=child", "roles"), ("/v1/near?lat=91&lon=0", "lat"),
                                          ("/v1/near?lat=51", "lon"), ("/v1/near?lat=51&lon=x", "lon"), ("/v1/near?lat=51&lon=0&radius_m=60000", "radius_m"),
                                          ("/v1/entities/{0}/timeline?limit=0", "limit")])
def test_faults_are_named(crossflag, path, pointer):
    answer = crossflag.client("officer").get(path.format("per-1-1"), headers=PURPOSE)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, pointer), answer.body


@pytest.mark.parametrize("body,pointer", [({}, "/entities"), ({"entities": ["per-1-1"]}, "/entities"), ({"entities": ["per-1-1"] * 21}, "/entities"), ({"entities": ["a", "b"], "hops": 2}, "")])
def test_faults_of_a_set_are_named(crossflag, body, pointer):
    answer = crossflag.client("officer").post("/v1/common", body, headers=PURPOSE)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer), answer.body


def test_they_are_for_officers_with_a_purpose(crossflag):
    for path in ("/v1/entities/per-1-1/links", "/v1/entities/per-1-1/timeline", "/v1/path?from=per-1-1&to=per-1-2", "/v1/near?lat=51&lon=0"):
        assert crossflag.client("officer").get(path).status == 428
        assert crossflag.client("check").get(path, headers=PURPOSE).status == 403
    assert crossflag.client("officer").post("/v1/common", {"entities": ["per-1-1", "per-1-2"]}).status == 428
    assert get(crossflag, "/v1/entities/per-9999999-1/links", status=404)["type"].endswith("no-such-entity")
