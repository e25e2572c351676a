# SPDX-License-Identifier: Apache-2.0
"""Why two mentions are one, what waits for a person's look, people's word, and what becomes of entities: as a reviewer and a subscriber see it."""

import json
import urllib.parse

import pytest

from conftest import PURPOSE, instant, run_cli, wait_for
from world import World, adult, all_events, episode, number_of, repeat_missing, spelt

CASE = ("--purpose", "investigation CASE-1")


def named(key):
    return f"{key['feed']}/{key['id']}/{key['ref']}"


def key(identity, feed="police", ref="p1"):
    return {"feed": feed, "id": identity, "ref": ref}


def quoted(text):
    return urllib.parse.quote(text, safe="")


def record(identity, person, **more):
    return {"id": identity, "kind": "incident", "occurred_at": instant(days=1), "persons": [person], **more}


def info(daemon, feed, records):
    return [[entity["entity"] for entity in item["entities"]] for item in daemon.send(feed, records, info=True)["items"]]


def decide(daemon, decision, a, b, rationale="Looked at both.", client="reviewer"):
    return daemon.client(client).post("/v1/decisions", {"decision": decision, "a": a, "b": b, "rationale": rationale}, headers=PURPOSE)


def person(word, ref="p1", role="subject", **more):
    return {**adult(word, ref=ref, role=role), **more}


def page(daemon, entity, client="officer"):
    answer = daemon.client(client).get(f"/v1/entities/{entity}", headers=PURPOSE)
    assert answer.status == 200, answer.body
    return answer.json


# Why

def test_why_adds_up_and_says_who_decided(crossflag, unique):
    (first,), (second,), (third,) = info(crossflag, "police", [record(f"{unique}-1", person(unique)), record(f"{unique}-2", person(unique, sex="M", phones=["+447700900111"])),
                                                               record(f"{unique}-3", {"ref": "p1", "role": "subject", "names": [{"given": person(unique)["names"][0]["given"]}]})])
    assert first == second != third
    reviewer = crossflag.client("reviewer")
    why = reviewer.get(f"/v1/why?a={quoted(f'police/{unique}-1/p1')}&b={quoted(f'police/{unique}-2/p1')}", headers=PURPOSE)
    assert why.status == 200, why.body
    pair = why.json
    assert pair["joined"] and pair["entities"] == [first, first] and pair["kind"] == "person" and pair["decision"] is None
    running = pair["prior"]
    for comparison in pair["comparisons"]:
        running += comparison["weight"]
        assert comparison["running"] == pytest.approx(running, abs=1e-6)
    assert pair["weight"] == pytest.approx(running, abs=1e-6) and pair["weight"] >= pair["threshold"]["link"] > pair["threshold"]["review"]
    assert pair["outcome"] == "link" and not pair["conflict"]
    shown = json.dumps(pair["comparisons"])
    assert person(unique)["birth_date"] in shown, "the values compared are shown"
    apart = reviewer.get(f"/v1/why?a={quoted(f'police/{unique}-1/p1')}&b={quoted(f'police/{unique}-3/p1')}", headers=PURPOSE).json
    assert not apart["joined"] and apart["entities"] == [first, third] and apart["weight"] < apart["threshold"]["link"]
    held = reviewer.get(f"/v1/entities/{first}/why", headers=PURPOSE).json
    assert (held["entity"], held["contents"], held["edges"], len(held["items"])) == (first, 2, 1, 1) and not held["truncated"]
    assert held["items"][0]["bond"] == "weight" and held["items"][0]["weight"] == pair["weight"] and held["items"][0]["comparisons"]
    mine = reviewer.get(f"/v1/entities/{first}/why?mention={quoted(f'police/{unique}-2/p1')}", headers=PURPOSE).json
    assert mine["mention"]["id"] == f"{unique}-2" and mine["items"][0]["a"]["id"] == f"{unique}-2"
    two = reviewer.get(f"/v1/entities/{first}/why?mention={quoted(f'police/{unique}-1/p1')}&other={quoted(f'police/{unique}-2/p1')}", headers=PURPOSE).json
    assert two["weight"] == pair["weight"]
    assert decide(crossflag, "same", key(f"{unique}-1"), key(f"{unique}-3"), "He told us his other name.").status == 200
    held = reviewer.get(f"/v1/entities/{first}/why", headers=PURPOSE).json
    assert [item["bond"] for item in held["items"]] == ["decision", "weight"]
    said = held["items"][0]["decision"]
    assert said["decision"] == "same" and said["by"] == "reviewer" and said["rationale"] == "He told us his other name." and said["in_force"]
    table = run_cli(crossflag, "reviewer", "why", *CASE, first).stdout
    assert "prior" in table and "|" in table and "He told us his other name." in table and f"police/{unique}-1/p1" in table
    table = run_cli(crossflag, "officer", "why", *CASE, "--between", f"police/{unique}-1/p1", f"police/{unique}-2/p1").stdout
    assert "link by themselves" in table and first in table
    assert json.loads(run_cli(crossflag, "officer", "why", "--json", *CASE, "--between", f"police/{unique}-1/p1", f"police/{unique}-2/p1").stdout)["weight"] == pair["weight"]


def test_why_tells_no_more_than_the_page(crossflag, unique):
    covert = record(f"{unique}-c", person(unique), grade="2BC", conditions=["A2"])
    ((entity,),) = info(crossflag, "police", [covert])
    info(crossflag, "social-care", [record(f"{unique}-s", person(unique, sex="M"))])
    names = [f"police/{unique}-c/p1", f"social-care/{unique}-s/p1"]
    between = f"/v1/why?a={quoted(names[0])}&b={quoted(names[1])}"
    assert crossflag.client("officer").get(between, headers=PURPOSE).status == 200
    other = crossflag.client("social-worker")
    assert other.get(between, headers=PURPOSE).status == 404
    assert other.get(between.replace(quoted(names[0]), quoted("police/nothing/p1")), headers=PURPOSE).status == 404
    held = other.get(f"/v1/entities/{entity}/why", headers=PURPOSE).json
    assert (held["contents"], held["edges"], held["items"]) == (1, 0, []) and f"{unique}-c" not in json.dumps(held)
    assert other.get(f"/v1/entities/{entity}/why?mention={quoted(names[0])}", headers=PURPOSE).status == 404
    assert crossflag.client("officer").get(between).status == 428
    assert crossflag.client("police-feed").get(between).status == 403
    for wrong in ("/v1/why?a=x", f"/v1/entities/{entity}/why?limit=0", f"/v1/entities/{entity}/why?other=x", f"/v1/entities/{entity}/why?as_at=2026-01-01T00:00:00Z"):
        assert crossflag.client("officer").get(wrong, headers=PURPOSE).status == 400, wrong
    assert crossflag.client("officer").get("/v1/entities/per-1-999/why", headers=PURPOSE).status == 404


# People's word

def test_decisions_are_listed_and_undone(crossflag, unique):
    a, b = key(f"{unique}-1"), key(f"{unique}-2")
    records = [record(f"{unique}-1", person(unique)), record(f"{unique}-2", person(unique))]
    (first,), (second,) = info(crossflag, "police", records)
    assert first == second
    made = decide(crossflag, "not_same", a, b, "Two cousins.")
    assert made.status == 200 and made.json["in_force"] and made.json["id"] == f"dec-{made.json['position']}"
    reviewer = crossflag.client("reviewer")
    listed = reviewer.get(f"/v1/decisions?entity={first}", headers=PURPOSE).json["items"]
    assert [item["id"] for item in listed] == [made.json["id"]]
    assert listed[0]["a"] == a and listed[0]["b"] == b and listed[0]["by"] == "reviewer" and listed[0]["rationale"] == "Two cousins." and listed[0]["status"] == "in_force"
    assert page(crossflag, first)["decisions"] == listed
    assert made.json["id"] in [item["id"] for item in reviewer.get("/v1/decisions?limit=5", headers=PURPOSE).json["items"]]
    undo = f"/v1/decisions/{made.json['id']}/undo"
    assert reviewer.post(undo, {"rationale": " "}, headers=PURPOSE).status == 422
    assert crossflag.client("check").post(undo, {"rationale": "No."}).status == 403
    undone = reviewer.post(undo, {"rationale": "There is no cousin."}, headers=PURPOSE)
    assert undone.status == 200, undone.body
    assert undone.json["status"] == "undone" and undone.json["undone"]["rationale"] == "There is no cousin." and undone.json["undone"]["by"] == "reviewer"
    assert undone.json["rationale"] == "Two cousins." and not undone.json["in_force"]
    assert reviewer.post(undo, {"rationale": "Again."}, headers=PURPOSE).status == 409
    assert reviewer.post("/v1/decisions/dec-1/undo", {"rationale": "What."}, headers=PURPOSE).status == 404
    (first,), (second,) = info(crossflag, "police", [{**record, "summary": unique} for record in records])
    assert first == second
    again = decide(crossflag, "not_same", a, b, "Cousins after all.")
    shown = reviewer.get(f"/v1/decisions?entity={first}", headers=PURPOSE).json["items"][0]
    assert shown["id"] == again.json["id"] and [before["decision"] for before in shown["before"]] == ["none", "not_same"]
    deleted = reviewer.request("DELETE", f"/v1/decisions/{again.json['id']}?rationale={quoted('A slip.')}", headers=PURPOSE)
    assert deleted.status == 200 and deleted.json["undone"]["rationale"] == "A slip."
    assert reviewer.request("DELETE", f"/v1/decisions/{again.json['id']}", headers=PURPOSE).status == 422
    assert decide(crossflag, "none", a, b).status == 409, "there is nothing to undo"


def test_decisions_never_silently_conflict(crossflag, unique):
    words = [f"{unique}{letter}" for letter in "abcd"]
    entities = [entity for (entity,) in info(crossflag, "police", [record(word, person(word)) for word in words])]
    assert len(set(entities)) == 4
    a, b, c, d = (key(word) for word in words)
    ab = decide(crossflag, "same", a, b, "One man.").json["id"]
    bc = decide(crossflag, "same", c, b, "One man, again.").json["id"]
    head = crossflag.client("admin").get("/readyz").json["position"]
    refused = decide(crossflag, "not_same", a, c)
    assert refused.status == 409 and refused.headers["Content-Type"] == "application/problem+json"
    assert [item["id"] for item in refused.json["conflicts"]] == [ab, bc], "the way from a to c"
    assert [item["rationale"] for item in refused.json["conflicts"]] == ["One man.", "One man, again."] and {item["by"] for item in refused.json["conflicts"]} == {"reviewer"}
    assert crossflag.client("admin").get("/readyz").json["position"] == head, "what is refused is not on record"
    cd = decide(crossflag, "not_same", c, d, "Seen together.").json["id"]
    refused = decide(crossflag, "same", a, d)
    assert refused.status == 409 and [item["id"] for item in refused.json["conflicts"]] == [ab, bc, cd]
    run = run_cli(crossflag, "reviewer", "review", "same", *CASE, f"police/{words[0]}/p1", f"police/{words[3]}/p1", "--rationale", "No.", check=False)
    assert run.returncode == 3 and "contradicts" in run.stderr
    run_cli(crossflag, "reviewer", "review", "undo", *CASE, bc, "--rationale", "A mistake.")
    assert decide(crossflag, "same", a, d).status == 200
    assert decide(crossflag, "not_same", a, c).status == 200
    table = run_cli(crossflag, "reviewer", "review", "decisions", *CASE, "--limit", "10").stdout
    assert ab in table and cd in table and "undone" in table


def test_a_word_holds_again_when_its_mention_comes_again(crossflag, unique):
    records = [record(f"{unique}-1", person(unique)), record(f"{unique}-2", person(unique))]
    info(crossflag, "police", records)
    assert decide(crossflag, "not_same", key(f"{unique}-1"), key(f"{unique}-2")).status == 200
    feed = crossflag.client("police-feed")
    assert feed.request("DELETE", f"/v1/feeds/police/records/{unique}-2").status == 200
    ((alone,),) = info(crossflag, "police", [{**records[0], "summary": "again"}])
    waiting = crossflag.client("reviewer").get(f"/v1/decisions?entity={alone}", headers=PURPOSE).json["items"]
    assert [item["status"] for item in waiting] == ["waiting"]
    ((back,),) = info(crossflag, "police", [{**records[1], "summary": "back"}])
    assert back != alone
    assert [item["status"] for item in crossflag.client("reviewer").get(f"/v1/decisions?entity={back}", headers=PURPOSE).json["items"]] == ["in_force"]


# The queue

def queue(daemon, query="", client="reviewer"):
    items, cursor = [], ""
    while cursor is not None:
        answer = daemon.client(client).get(f"/v1/review/links?limit=20{query}{cursor}", headers=PURPOSE)
        assert answer.status == 200, answer.body
        items += answer.json["items"]
        cursor = f"&cursor={answer.json['next']}" if answer.json["next"] else None
    return items


def doubtful(word, year=1985):
    """Two who may be one: of several such, those of whom the model in force has its doubts are asked about."""
    name = {"given": spelt(word + "given", 3), "family": spelt(word)}
    born = f"{year}-{number_of(word, 12) + 1:02}"
    sides = [({"birth_date": f"{year}"}, {"birth_date": born}), ({"birth_date": born}, {"birth_date": born}), ({}, {}), ({"birth_date": f"{year}"}, {"birth_date": f"{year}"}),
             ({"birth_date": f"{born}-11"}, {"birth_date": f"{born}-17"})]
    return [[{"ref": "p1", "role": "subject", "names": [name], **more} for more in side] for side in sides]


def ask_about(daemon, word, year=1985):
    """Sends such pairs, each of another name, until one is in doubt; its record ids and entities."""
    for number in range(5):
        ids = [f"{word}-{number}-{side}" for side in range(2)]
        (first,), (second,) = info(daemon, "police", [record(identity, one) for identity, one in zip(ids, doubtful(f"{word}{number}", year)[number])])
        pair = daemon.client("reviewer").get(f"/v1/why?a={quoted(f'police/{ids[0]}/p1')}&b={quoted(f'police/{ids[1]}/p1')}", headers=PURPOSE).json
        if pair["outcome"] == "review":
            return ids, first, second, pair
    raise AssertionError("the model has no doubts at all")


def test_the_queue_asks_pairs_and_takes_the_answer(crossflag, unique):
    ids, first, second, pair = ask_about(crossflag, unique)
    assert first != second
    mine = [item for item in queue(crossflag) if {item["a"]["id"], item["b"]["id"]} == set(ids)]
    assert len(mine) == 1 and mine[0]["kind"] == "pair"
    assert {mine[0]["a"]["entity"], mine[0]["b"]["entity"]} == {first, second} and mine[0]["weight"] == pair["weight"]
    assert mine[0]["a"]["values"]["family"] and mine[0]["comparisons"] and mine[0]["because"] and mine[0]["value"] > 0
    assert {item["a"]["id"] for item in queue(crossflag, f"&entity={first}")} == {mine[0]["a"]["id"]}
    assert f"police/{ids[0]}/p1" in run_cli(crossflag, "reviewer", "review", "links", *CASE, "--entity", first).stdout
    run_cli(crossflag, "reviewer", "review", "same", *CASE, f"police/{ids[0]}/p1", f"police/{ids[1]}/p1", "--rationale", "The custody photograph.")
    assert not [item for item in queue(crossflag) if {item["a"]["id"], item["b"]["id"]} == set(ids)]
    assert len(page(crossflag, first)["mentions"]) == 2


def test_a_flag_makes_a_question_more_valuable(crossflag, unique):
    ids, first, _, _ = ask_about(crossflag, unique, year=2012)

    def value():
        (item,) = [item for item in queue(crossflag, f"&entity={first}", client="social-worker") if {item["a"]["id"], item["b"]["id"]} == set(ids)]
        return item["value"], item["because"]

    before, _ = value()
    known = crossflag.client("officer").get(f"/v1/entities/{first}", headers=PURPOSE).json["mentions"][0]["values"]
    for number in range(3):
        episodes = [episode(f"{unique}-e{number}", 40 - 10 * number, [{"ref": "p1", "role": "missing", **{name: value for name, value in known.items() if name in ("names", "birth_date")}}])]
        crossflag.send("police", episodes, info=True)
        for other in range(number):
            decide(crossflag, "same", key(f"{unique}-e{number}"), key(f"{unique}-e{other}"))
    assert decide(crossflag, "same", key(ids[0]), key(f"{unique}-e0")).status == 200
    after, because = value()
    assert page(crossflag, first, "social-worker")["flags"] and after > before and any("flags on it" in reason for reason in because)


def test_the_queue_is_in_order_and_of_what_one_may_see(crossflag, unique):
    for turn in range(6):
        people = doubtful(f"{unique}{turn}")[turn % 5]
        info(crossflag, "police", [record(f"{unique}-{turn}-{side}", one, **({"grade": "2BC", "conditions": ["A2"]} if turn == 5 else {})) for side, one in enumerate(people)])
    items = queue(crossflag)
    assert len(items) >= 1 and [item["value"] for item in items] == sorted((item["value"] for item in items), reverse=True)
    pairs = [frozenset((named(item["a"]), named(item["b"]))) for item in items]
    assert len(pairs) == len(set(pairs)), "each once, whatever the pages"
    assert f"{unique}-5" not in json.dumps(queue(crossflag, client="social-worker"))
    for wrong in ("?limit=0", "?limit=101", "?cursor=x", "?cursor=1-2", "?as_at=2026-01-01T00:00:00Z"):
        assert crossflag.client("reviewer").get(f"/v1/review/links{wrong}", headers=PURPOSE).status == 400, wrong
    assert crossflag.client("reviewer").get("/v1/review/links?entity=per-1-999", headers=PURPOSE).status == 404
    assert crossflag.client("check").get("/v1/review/links").status == 403


# What becomes of entities

@pytest.fixture(scope="module")
def world():
    world = World()
    yield world
    world.close()


def nhs_number(word):
    """A valid one."""
    for number in range(number_of(word, 899_999_999) + 100_000_000, 10**9):
        check = 11 - sum(int(digit) * weight for digit, weight in zip(str(number), range(10, 1, -1))) % 11
        if check != 10:
            return f"{number}{check % 11}"


def halves(word):
    """A child known by two names that nothing but the third's words bring together: a number, and a birth date with a telephone."""
    ids, born = [{"scheme": "nhs", "value": nhs_number(word)}], f"2012-{number_of(word, 12) + 1:02}-11"
    names = [{"given": spelt(word + "g", 3), "family": spelt(word)}, {"given": spelt(word + "h", 3), "family": spelt(word + "k")}]
    phones = [f"+4477009{number_of(word, 90000) + 10000}"]
    child = {"ref": "p1", "role": "missing"}
    return ({**child, "names": names[:1], "ids": ids}, {**child, "names": names[1:], "birth_date": born, "phones": phones},
            {**child, "names": names, "ids": ids, "birth_date": born, "phones": phones})


def told(daemon, subscription, name, after):
    """What a subscription was told since: [(what, flag, event)]."""
    return [(event["type"].split(".")[3], event["data"]["id"], event) for event in all_events(daemon, subscription, name) if int(event["sequence"]) > after]


def last(daemon, subscription, name):
    items = all_events(daemon, subscription, name)
    return int(items[-1]["sequence"]) if items else 0


def test_a_merge_and_a_split_reach_the_subscriber(world, unique):
    daemon = world.daemon
    name, subscription = "hub-subscriber", f"merge-{unique}"
    assert daemon.client(name).post("/v1/subscriptions", {"id": subscription, "filter": {"types": ["repeat_missing"]}}).status == 201
    one, other, both = halves(unique)
    daemon.send("police", [episode(f"{unique}-a{number}", 40 - 10 * number, [one]) for number in range(3)], info=True)
    daemon.send("police", [episode(f"{unique}-b{number}", 35 - 10 * number, [other]) for number in range(3)], info=True)
    raised = told(daemon, subscription, name, 0)
    assert [what for what, _, _ in raised] == ["raised", "raised"]
    older, younger = (event["data"]["subject"]["entity"] for _, _, event in raised)
    assert older != younger
    mark = last(daemon, subscription, name)
    # The third joins them.
    ((joined,),) = info(daemon, "police", [record(f"{unique}-c", both)])
    assert joined == older
    events = told(daemon, subscription, name, mark)
    assert events, "the subscriber learns of it"
    flag = raised[1][1]
    (event,) = [event for _, about, event in events if about == flag]
    assert event["type"] == "uk.crossflag.flag.withdrawn.v1", "two flags of a rule on one entity: the older one stays"
    merge = event["data"]["cause"]["merge"]
    assert merge["entity"] == younger and merge["into"] == older and merge["because"]["record"] == {"feed": "police", "id": f"{unique}-c"}
    assert merge["because"]["change"] == "put" and f"{unique}-c" in (merge["because"]["edge"]["a"]["id"], merge["because"]["edge"]["b"]["id"])
    history = page(daemon, older)["history"]
    assert [item["event"] for item in history] == ["merged", "created"]
    assert history[0]["entity"] == younger and history[0]["into"] == older and history[0]["position"] == merge["position"]
    assert younger in page(daemon, older)["redirects"] and page(daemon, younger)["id"] == older
    mark = last(daemon, subscription, name)
    # Without it they part again.
    assert daemon.client("police-feed").request("DELETE", f"/v1/feeds/police/records/{unique}-c").status == 200
    ((again,),) = info(daemon, "police", [{**episode(f"{unique}-b0", 35, [other]), "summary": "looked at again"}])
    assert again not in (older, younger)
    events = told(daemon, subscription, name, mark)
    (event,) = [event for what, _, event in events if what == "raised"]
    assert event["data"]["subject"]["entity"] == again
    split = event["data"]["cause"]["split"]
    assert split["entity"] == again and split["from"] == older and split["because"] == {"change": "withdrawn", "record": {"feed": "police", "id": f"{unique}-c"}}
    assert [item["event"] for item in page(daemon, again)["history"]] == ["split"]
    assert [item["event"] for item in page(daemon, older)["history"]] == ["split", "merged", "created"]
    assert "split from" in run_cli(daemon, "officer", "show", *CASE, again).stdout


def test_a_flag_follows_its_subject(world, unique):
    daemon = world.daemon
    name, subscription = "hub-subscriber", f"follow-{unique}"
    assert daemon.client(name).post("/v1/subscriptions", {"id": subscription, "filter": {"types": ["repeat_missing"]}}).status == 201
    one, other, both = halves(unique)
    ((older,),) = info(daemon, "police", [record(f"{unique}-a", one)])
    daemon.send("police", [episode(f"{unique}-b{number}", 35 - 10 * number, [other]) for number in range(3)], info=True)
    ((_, flag, event),) = told(daemon, subscription, name, 0)
    younger = event["data"]["subject"]["entity"]
    assert younger != older
    assert decide(daemon, "same", key(f"{unique}-a"), key(f"{unique}-b0"), "Her mother says so.").status == 200
    (what, about, event) = told(daemon, subscription, name, 1)[0]
    assert (what, about) == ("handed_over", flag)
    assert event["data"]["subject"]["entity"] == older and event["data"]["status"] == "proposed"
    merge = event["data"]["cause"]["merge"]
    assert (merge["entity"], merge["into"]) == (younger, older)
    assert merge["because"]["decision"]["decision"] == "same" and merge["because"]["edge"]["word"]
    assert event["id"].endswith(".handed_over")
    # A person parts them again.
    mark = last(daemon, subscription, name)
    decisions = daemon.client("reviewer").get(f"/v1/decisions?entity={older}", headers=PURPOSE).json["items"]
    daemon.client("reviewer").post(f"/v1/decisions/{decisions[0]['id']}/undo", {"rationale": "She was wrong."}, headers=PURPOSE)
    history = page(daemon, older)["history"]
    assert [item["event"] for item in history][-2:] == ["merged", "created"] and history[0]["event"] == "split"
    assert history[0]["because"]["decision"] == {"id": f"dec-{history[0]['position']}", "decision": "none", "by": "reviewer"}
    assert told(daemon, subscription, name, mark) == [], "the larger part keeps the name, and its flag"
    parted = history[0]["entity"]
    rows = wait_for(lambda: len(found := world.sql(f"select entity, event, other, cause, actor from entity_event where other = '{older}' order by position")) == 2 and found, "the projection")
    assert rows == [[younger, "merged", older, "decision", "reviewer"], [parted, "split", older, "decision", "reviewer"]]


def test_a_not_same_takes_the_flag_away(world, unique):
    daemon = world.daemon
    name, subscription = "hub-subscriber", f"part-{unique}"
    assert daemon.client(name).post("/v1/subscriptions", {"id": subscription, "filter": {"types": ["repeat_missing"]}}).status == 201
    episodes = repeat_missing(unique)
    episodes[2]["persons"][0]["phones"] = ["+447700900123"]
    daemon.send("police", episodes, info=True)
    ((what, flag, event),) = told(daemon, subscription, name, 0)
    assert what == "raised"
    whole = event["data"]["subject"]["entity"]
    for number in (0, 1):
        assert decide(daemon, "not_same", key(f"{unique}-{number}"), key(f"{unique}-2"), "Another girl of the name.").status == 200
    events = told(daemon, subscription, name, 1)
    assert [(what, about) for what, about, _ in events] == [("withdrawn", flag)]
    split = events[0][2]["data"]["cause"]["split"]
    assert split["from"] == whole and split["because"]["change"] == "decision" and split["because"]["decision"]["decision"] == "not_same"
    refolded, code = world.refold()
    assert code == 0, refolded
