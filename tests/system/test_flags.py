# SPDX-License-Identifier: Apache-2.0
"""From records to flags: the seven rules of this release, their reasons, their withdrawal, and the people who decide."""

import pytest

from conftest import PURPOSE, instant
from world import premises


def child(unique, name, ref="p1", role="missing", year=2012, **more):
    return {"ref": ref, "role": role, "names": [{"given": name, "family": f"Child{unique}"}], "birth_date": f"{year}-03-07", **more}


def adult(unique, name="Gregory", ref="p2", role="found_with"):
    return {"ref": ref, "role": role, "names": [{"given": name, "family": f"Adult{unique}"}], "birth_date": "1985-11-23"}


def car(unique, ref="v1"):
    return {"ref": ref, "role": "found_in", "vrm": f"YD{abs(hash(unique)) % 90 + 10} K{unique[-2:]}".upper(), "make": "Skoda"}


def episode(identity, days, persons, **more):
    return {"id": identity, "kind": "missing_episode", "occurred_at": instant(days=days), "grade": "2BP", "persons": persons, **more}


def flags_of_rule(crossflag, rule, status=None, name="reviewer"):
    path = "/v1/flags?limit=500" + (f"&status={status}" if status else "")
    return [flag for flag in crossflag.client(name).get(path, headers=PURPOSE).json["items"] if flag.get("rule", {}).get("id") == rule]


def records_of(flag):
    return {record["id"] for reason in flag["reasons"] for record in reason.get("records", [])}


def standing_on(crossflag, rule, result, name):
    """The flags of a rule on whatever the last record of a send with info mentions."""
    entities = {mention["entity"] for mention in result["items"][-1]["entities"]}
    return [flag for flag in flags_of_rule(crossflag, rule, name=name) if flag["subject"].get("entity") in entities]


def raised(crossflag, rule, identity, status=None):
    """The flags of a rule that rest on a record."""
    return [flag for flag in flags_of_rule(crossflag, rule, status) if identity in records_of(flag)]


def test_assessed_at_risk(crossflag, unique):
    sent = crossflag.send("social-care", [{"id": unique, "kind": "risk_assessment", "occurred_at": instant(days=3), "grade": "1AP",
                                    "persons": [child(unique, "Amina", role="child", markers=[{"type": "cse_risk", "level": "high"}])]}], info=True)
    (flag,) = standing_on(crossflag, "assessed_at_risk", sent, "social-worker")
    assert flag["status"] == "confirmed" and records_of(flag) == {unique}


def test_repeat_missing_needs_three(crossflag, unique):
    episodes = [episode(f"{unique}-{number}", 40 - 10 * number, [child(unique, "Bryony")]) for number in range(3)]
    two = crossflag.send("police", episodes[:2], info=True)
    assert "repeat_missing" not in [flag["rule"]["id"] for flag in two["items"][-1]["flags"]]
    three = crossflag.send("police", episodes[2:], info=True)
    flag = next(flag for flag in three["items"][-1]["flags"] if flag["rule"]["id"] == "repeat_missing")
    assert flag["status"] == "proposed" and flag["score"] > 0
    assert {"id", "type", "subject", "level", "rule", "raised_at", "review_due", "reasons"} <= set(flag)


def test_one_report_relayed_twice_counts_once(crossflag, unique):
    persons = [child(unique, "Carys")]
    crossflag.send("police", [episode(f"{unique}-1", 20, persons), episode(f"{unique}-2", 10, persons)])
    relayed = crossflag.send("social-care", [episode(f"{unique}-relay", 10, persons)], info=True)
    assert "repeat_missing" not in [flag["rule"]["id"] for flag in relayed["items"][-1]["flags"]]


def test_location_and_adult_and_vehicle_with_two_children(crossflag, unique):
    def met(number, name, days):
        return episode(f"{unique}-{number}", days, [child(f"{unique}{number}", name, year=2010 + number), adult(unique)], locations=[premises(unique)], vehicles=[car(unique)],
                       links=[{"from": "p1", "to": "l1", "type": "found_at"}, {"from": "p2", "to": "v1", "type": "drives"}])

    one = crossflag.send("police", [met(1, "Delyth", 30)], info=True)["items"][-1]["flags"]
    assert not {"location_multi_missing", "adult_multi_children", "vehicle_multi_children"} & {flag["rule"]["id"] for flag in one}
    two = crossflag.send("police", [met(2, "Efa", 8)], info=True)["items"][-1]["flags"]
    by_rule = {flag["rule"]["id"]: flag for flag in two}
    assert {"location_multi_missing", "adult_multi_children", "vehicle_multi_children"} <= set(by_rule)
    assert by_rule["adult_multi_children"]["status"] == "proposed", "a person is flagged as possible until somebody confirms it"
    assert by_rule["adult_multi_children"]["subject"]["kind"] == "person"
    assert {f"{unique}-1", f"{unique}-2"} <= records_of(by_rule["location_multi_missing"])


def test_a_correction_takes_the_ground_away(crossflag, unique):
    def met(number, name, place):
        return episode(f"{unique}-{number}", 10 + number, [child(f"{unique}{number}", name, year=2010 + number)], locations=[place])

    crossflag.send("police", [met(1, "Ffion", premises(unique)), met(2, "Gwen", premises(unique))], info=True)
    (flag,) = raised(crossflag, "location_multi_missing", f"{unique}-1")
    assert flag["status"] == "proposed"
    elsewhere = {**premises(f"other{unique}"), "lines": ["199 Elsewhere Road"], "postcode": "LS1 4DY", "town": "Leeds"}
    crossflag.send("police", [met(2, "Gwen", elsewhere)], info=True)
    assert crossflag.client("reviewer").get(f"/v1/flags/{flag['id']}", headers=PURPOSE).json["status"] == "withdrawn"


def test_a_withdrawn_record_takes_the_ground_away(crossflag, unique):
    crossflag.send("police", [episode(f"{unique}-{number}", 40 - 10 * number, [child(unique, "Heledd")]) for number in range(3)], info=True)
    (flag,) = raised(crossflag, "repeat_missing", f"{unique}-1")
    assert crossflag.client("police-feed").request("DELETE", f"/v1/feeds/police/records/{unique}-0?info=1").status == 200
    crossflag.send("police", [{"id": f"{unique}-after", "kind": "other", "occurred_at": instant()}], info=True)
    assert crossflag.client("reviewer").get(f"/v1/flags/{flag['id']}", headers=PURPOSE).json["status"] == "withdrawn"


def test_at_risk_child_missing_or_absent(crossflag, unique):
    marked = child(unique, "Isolde", role="child", markers=[{"type": "cse_risk", "level": "medium"}])
    crossflag.send("social-care", [{"id": f"{unique}-risk", "kind": "risk_assessment", "occurred_at": instant(days=9), "grade": "1AP", "persons": [marked]}], info=True)
    missing = crossflag.send("police", [episode(f"{unique}-gone", 0, [child(unique, "Isolde")])], info=True)["items"][-1]["flags"]
    assert "child_missing_flagged" in [flag["rule"]["id"] for flag in missing if "rule" in flag]
    absent = {"id": f"{unique}-absent", "kind": "absence", "occurred_at": instant(hours=3), "details": {"reason": "unexplained"}, "persons": [child(unique, "Isolde", role="pupil")]}
    assert standing_on(crossflag, "absent_at_risk_child", crossflag.send("education", [absent], info=True), "social-worker")


def test_parents_and_professionals_are_not_flagged(crossflag, unique):
    for number, name in ((1, "Jodie"), (2, "Kelly")):
        people = [child(f"{unique}{number}", name, year=2010 + number), {**adult(unique, "Petra"), "role": "professional"}, {**adult(unique, "Quentin", ref="p3"), "role": "parent"}]
        crossflag.send("police", [episode(f"{unique}-{number}", 5 * number, people)], info=True)
    assert not raised(crossflag, "adult_multi_children", f"{unique}-1")


def test_unreliable_sources_raise_nothing(crossflag, unique):
    episodes = [{**episode(f"{unique}-{number}", 40 - 10 * number, [child(unique, "Lowri")]), "grade": "3EP"} for number in range(3)]
    crossflag.send("police", episodes, info=True)
    assert not raised(crossflag, "repeat_missing", f"{unique}-1")


@pytest.fixture
def proposed(crossflag, unique):
    crossflag.send("police", [episode(f"{unique}-{number}", 40 - 10 * number, [child(unique, "Morwenna")]) for number in range(3)], info=True)
    (flag,) = raised(crossflag, "repeat_missing", f"{unique}-1")
    return flag


def test_people_decide_with_a_rationale(crossflag, proposed):
    reviewer = crossflag.client("reviewer")
    path = f"/v1/flags/{proposed['id']}"
    assert reviewer.post(f"{path}/confirm", {}, headers=PURPOSE).status == 422
    assert reviewer.post(f"{path}/confirm", {"rationale": "  "}, headers=PURPOSE).status == 422
    assert crossflag.client("check").post(f"{path}/confirm", {"rationale": "x"}).status == 403
    confirmed = reviewer.post(f"{path}/confirm", {"rationale": "Three episodes checked against the log."}, headers=PURPOSE)
    assert (confirmed.status, confirmed.json["status"]) == (200, "confirmed")
    assert reviewer.post(f"{path}/confirm", {"rationale": "again"}, headers=PURPOSE).status == 409
    renewed = reviewer.post(f"{path}/renew", {"rationale": "Still current."}, headers=PURPOSE)
    assert renewed.json["review_due"] >= confirmed.json["review_due"]
    assert reviewer.post(f"{path}/withdraw", {"rationale": "Recorded in error."}, headers=PURPOSE).json["status"] == "withdrawn"


def test_a_dismissed_flag_stays_dismissed_without_new_evidence(crossflag, proposed, unique):
    reviewer = crossflag.client("reviewer")
    assert reviewer.post(f"/v1/flags/{proposed['id']}/dismiss", {"rationale": "Known and explained."}, headers=PURPOSE).json["status"] == "dismissed"
    crossflag.send("police", [episode(f"{unique}-1", 30, [child(unique, "Morwenna")], summary="A spelling mended, nothing else.")], info=True)
    assert [flag["status"] for flag in raised(crossflag, "repeat_missing", f"{unique}-1")] == ["dismissed"]


def test_lists_filter_and_page(crossflag, proposed):
    reviewer = crossflag.client("reviewer")
    first = reviewer.get("/v1/flags?limit=1", headers=PURPOSE).json
    assert len(first["items"]) == 1
    if first["next"]:
        second = reviewer.get(f"/v1/flags?limit=1&cursor={first['next']}", headers=PURPOSE).json
        assert second["items"][0]["id"] != first["items"][0]["id"]
    assert all(flag["status"] == "proposed" for flag in reviewer.get("/v1/flags?status=proposed", headers=PURPOSE).json["items"])
    assert reviewer.get(f"/v1/flags?since={instant(days=-1)}", headers=PURPOSE).json["items"] == []
    assert reviewer.get("/v1/flags?since=yesterday", headers=PURPOSE).status == 400
    assert reviewer.get("/v1/flags/flag-999999-0", headers=PURPOSE).status == 404


def test_check_tells_the_flag_and_how_sure_it_is(crossflag, proposed, unique):
    person = {"names": [{"given": "Morwenna", "family": f"Child{unique}"}], "birth_date": "2012-03-07"}
    asked = crossflag.client("officer").post("/v1/check", {"persons": [person, {"ref": "other", "names": [{"given": "Nobody", "family": "Atall"}]}]}, headers=PURPOSE)
    first, second = asked.json["results"]
    assert first["certainty"] in ("likely", "certain") and proposed["id"] in [flag["id"] for flag in first["flags"]]
    assert (second["ref"], second["certainty"], second["flags"]) == ("other", "none", [])
    unknown = crossflag.client("check").post("/v1/check", {"persons": [{"nammes": []}]})
    assert unknown.status == 422 and unknown.json["errors"][0]["pointer"] == "/persons/0/nammes"
    assert crossflag.client("check").post("/v1/check", {}).status == 422


def test_search_and_entity(crossflag, proposed, unique):
    officer = crossflag.client("officer")
    found = officer.post("/v1/search", {"given": "Morwena", "family": f"Child{unique}"}, headers=PURPOSE).json["items"]
    entity = next(item for item in found if proposed["id"] in [flag["id"] for flag in item["flags"]])
    page = officer.get(f"/v1/entities/{entity['id']}", headers=PURPOSE).json
    assert {mention["id"] for mention in page["mentions"]} == {f"{unique}-{number}" for number in range(3)}
    assert page["mentions"][0]["values"]["names"] == [{"given": "Morwenna", "family": f"Child{unique}"}]
    assert officer.get("/v1/entities/per-1-999", headers=PURPOSE).status == 404


def test_partial_plates_are_found(crossflag, unique):
    vehicle = car(unique)
    crossflag.send("licensing", [{"id": unique, "kind": "licence", "occurred_at": instant(days=2), "vehicles": [{**vehicle, "role": "licensed"}]}], info=True)
    found = crossflag.client("officer").post("/v1/search", {"vrm": vehicle["vrm"][:4] + "*", "limit": 200}, headers=PURPOSE).json["items"]
    assert vehicle["vrm"].replace(" ", "") in [item["values"]["vrm"] for item in found if "values" in item]


def test_decisions_join_and_part(crossflag, unique):
    same = [{"id": f"{unique}-{number}", "kind": "incident", "occurred_at": instant(days=number), "persons": [adult(unique, "Osian", ref="p1", role="subject")]} for number in (1, 2)]
    items = crossflag.send("police", same, info=True)["items"]
    assert items[0]["entities"] == items[1]["entities"]
    reviewer = crossflag.client("reviewer")
    pair = {"a": {"feed": "police", "id": f"{unique}-1", "ref": "p1"}, "b": {"feed": "police", "id": f"{unique}-2", "ref": "p1"}}
    assert reviewer.post("/v1/decisions", {"decision": "not_same", **pair}, headers=PURPOSE).status == 422
    parted = reviewer.post("/v1/decisions", {"decision": "not_same", "rationale": "Two cousins.", **pair}, headers=PURPOSE)
    assert parted.json["in_force"]

    def entities():
        again = crossflag.send("police", [{**record, "summary": f"looked at {unique} {number}"} for number, record in enumerate(same)], info=True)["items"]
        return [item["entities"][0]["entity"] for item in again]

    first, second = entities()
    assert first != second, "a decision outlives corrections of the records"
    assert reviewer.post("/v1/decisions", {"decision": "none", "rationale": "The cousin does not exist.", **pair}, headers=PURPOSE).json["in_force"]
    first, second = entities()
    assert first == second
