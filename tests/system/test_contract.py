# SPDX-License-Identifier: Apache-2.0
"""The contract with the partners, read to the letter from outside: names, words, forms, thresholds and status codes that other systems rely on. What belongs
to one stage of the way through (records, flags, alerts, access) in depth is tested there; here stands what a stranger would try from the documents alone."""

import json
import os
import random
import re
import socket
import ssl
import subprocess

import pytest

from conftest import BUILD, PURPOSE, instant, run_cli

VOCABULARY = {
    "kind": """missing_episode return_interview absence exclusion education_roll cse_referral risk_assessment child_protection intelligence stop_search
        vehicle_sighting custody crime incident asb concern_report tenancy licence order health_attendance family residence employment phone_call other""",
    "person role": """subject missing child parent carer sibling pupil patient tenant landlord holder applicant driver passenger keeper suspect offender victim
        witness associate found_with seen_with reporter professional other""",
    "location role": "home school placement workplace found_at missing_from seen_at frequented premises incident_at other",
    "vehicle role": "found_in seen_with stopped kept driven licensed used other",
    "link": """resides_at works_at attends keeper_of drives knows associate_of family_of parent_of carer_of partner_of found_at found_with found_in seen_at
        seen_with tenant_of landlord_of licensed_at owns other""",
    "location type": """dwelling childrens_home foster_placement school college hotel bed_and_breakfast takeaway restaurant shop licensed_premises taxi_office
        park car_park transport_hub hospital police_station youth_centre workplace other""",
    "marker": """cse_risk cce_risk child_protection_plan looked_after missing_risk learning_disability mappa registered_sex_offender shpo sro cawn
        bail_condition licensed_driver licence_revoked other""",
}

MEMBERS = {  # the place of each vocabulary's word in a record, and where an unknown one is pointed at
    "kind": (lambda word: {"kind": word}, "/kind"),
    "person role": (lambda word: {"persons": [{"ref": "p1", "role": word}]}, "/persons/0/role"),
    "location role": (lambda word: {"locations": [{"ref": "l1", "role": word}]}, "/locations/0/role"),
    "vehicle role": (lambda word: {"vehicles": [{"ref": "v1", "role": word}]}, "/vehicles/0/role"),
    "link": (lambda word: {"persons": [{"ref": "p1"}, {"ref": "p2"}], "links": [{"from": "p1", "to": "p2", "type": word}]}, "/links/0/type"),
    "location type": (lambda word: {"locations": [{"ref": "l1", "type": word}]}, "/locations/0/type"),
    "marker": (lambda word: {"persons": [{"ref": "p1", "markers": [{"type": word, "level": "high", "since": "2026-01-01", "until": "2027-06"}]}]},
               "/persons/0/markers/0/type"),
}


def contract_record(identity):
    """The record that the contract prints, but for its id."""
    return {
        "id": identity, "version": 1, "kind": "missing_episode", "occurred_at": "2026-11-20T21:40:00Z", "until": "2026-11-21T03:10:00Z", "grade": "2BP",
        "conditions": [], "details": {}, "summary": "Found in a parked car behind the takeaway.",
        "persons": [{"ref": "p1", "role": "missing", "names": [{"given": "Amina", "family": "Hussain"}, {"given": "Mina", "type": "alias"}],
                     "birth_date": "2011-04-02", "sex": "F", "ids": [{"scheme": "upn", "value": "B801200005001"}], "phones": ["+447700900123"], "emails": [],
                     "accounts": [{"service": "snapchat", "handle": "mina.h"}], "markers": [{"type": "cse_risk", "level": "high"}]},
                    {"ref": "p2", "role": "found_with", "names": [{"given": "John", "family": "Smith"}], "birth_date": "1984"}],
        "locations": [{"ref": "l1", "role": "found_at", "type": "takeaway", "name": "Star Grill", "lines": ["12 Northgate"], "town": "Huddersfield",
                       "postcode": "HD1 1RL", "uprn": "83151234", "lat": 53.6466, "lon": -1.7829}],
        "vehicles": [{"ref": "v1", "role": "found_in", "vrm": "YD12 KLM", "vin": "", "make": "Skoda", "model": "Octavia", "colour": "silver",
                      "licence_plate_no": "HC 0412"}],
        "links": [{"from": "p2", "to": "v1", "type": "drives"}, {"from": "p1", "to": "l1", "type": "found_at"}]}


def record(**more):
    return {"id": "dry-run", "kind": "incident", "occurred_at": instant(days=1), **more}


def validate(crossflag, records, feed="police"):
    """The dry run's verdicts, one for each record: None when it would be taken, else its errors by pointer."""
    answer = crossflag.client(f"{feed}-feed").post(f"/v1/feeds/{feed}/validate", "".join(json.dumps(one) + "\n" for one in records), type="application/x-ndjson")
    assert answer.status == 200, answer.body
    errors = {item["line"]: {error["pointer"]: error["reason"] for error in item["errors"]} for item in answer.json["items"] if "errors" in item}
    assert answer.json["accepted"] == len(records) - len(errors)
    return [errors.get(line) for line in range(1, len(records) + 1)]


# ---- The quick start's file ----

def test_demo_json(crossflag):
    demo = crossflag.demo
    assert {"url", "ca", "principals", "subscriptions"} <= set(demo)
    for name, principal in demo["principals"].items():
        assert {"agency", "roles", "token", "cert", "key"} <= set(principal), name
        assert re.fullmatch(r"cf_[^_]+_.+", principal["token"]) and os.path.exists(principal["cert"]) and os.path.exists(principal["key"])
    roles = {role for principal in demo["principals"].values() for role in principal["roles"]}
    assert {f"feed:{feed}" for feed in ("police", "social-care", "education", "housing", "licensing", "health")} <= roles
    assert {"officer", "reviewer", "auditor", "admin", "subscriber", "check"} <= roles
    assert demo["subscriptions"] and all({"id", "way", "agency", "principal"} <= set(one) for one in demo["subscriptions"])
    assert int((crossflag.directory / "crossflagd.pid").read_text()) > 1


# ---- Records ----

def test_the_contracts_own_record(own_record):
    taken, read, sent = own_record
    assert (taken["received"], taken["accepted"], taken["rejected"]) == (1, 1, 0)
    assert {entity["ref"] for entity in taken["items"][0]["entities"]} == {"p1", "p2", "l1", "v1"}
    assert read == sent, "what is read is what was sent"


@pytest.fixture
def own_record(crossflag, unique):
    sent = contract_record(unique)
    taken = crossflag.send("police", [sent], info=True)
    return taken, crossflag.client("police-feed").get(f"/v1/feeds/police/records/{unique}").json, sent


@pytest.mark.parametrize("vocabulary", VOCABULARY)
def test_every_shipped_word_is_taken(crossflag, vocabulary):
    place, pointer = MEMBERS[vocabulary]
    words = VOCABULARY[vocabulary].split()
    verdicts = validate(crossflag, [record(**place(word)) for word in words])
    assert [word for word, verdict in zip(words, verdicts) if verdict] == []
    refused, = validate(crossflag, [record(**place("nonsense"))])
    assert set(refused) == {pointer} and all(word in refused[pointer] for word in words), "an unknown word is refused with the list"


DETAILS = [
    *[("absence", {"reason": reason}, None) for reason in ("unexplained", "illness", "authorised", "other")],
    ("absence", {"reason": "lazy"}, "/details/reason"),
    ("absence", {"reasn": "other"}, "/details/reasn"),
    ("missing_episode", {"return_interview_at": "2026-11-22T10:00:00Z"}, None),
    ("missing_episode", {"return_interview_at": "soon"}, "/details/return_interview_at"),
    ("risk_assessment", {"tool": "CSE screening", "score": 14, "level": "high"}, None),
    ("risk_assessment", {"level": "severe"}, "/details/level"),
    ("order", {"type": "cawn", "expires": "2027-01-31", "protects": ["p1"], "prohibited": ["l1"]}, None),
    ("order", {"type": "cawn", "protects": ["p9"]}, "/details/protects/0"),
    ("licence", {"type": "private hire driver", "status": "current", "number": "PH 12", "until": "2028"}, None),
    ("custody", {"offence": "Theft", "outcome": "No further action"}, None),
    ("crime", {"offence": "Assault", "outcome": "Charged"}, None),
    ("crime", {"offense": "Assault"}, "/details/offense"),
    ("incident", {"offence": "Assault"}, "/details/offence"),
]


def test_details_are_checked_by_kind(crossflag):
    parts = {"persons": [{"ref": "p1"}], "locations": [{"ref": "l1"}]}
    verdicts = validate(crossflag, [record(**parts) | {"kind": kind, "details": details} for kind, details, _ in DETAILS])
    for (kind, details, pointer), verdict in zip(DETAILS, verdicts):
        assert (list(verdict) if verdict else None) == ([pointer] if pointer else None), (kind, details, verdict)


FORMS = [
    *[({"persons": [{"ref": "p1", "birth_date": date}]}, None) for date in ("2011", "2011-04", "2011-04-02", "2012-02-29")],
    *[({"persons": [{"ref": "p1", "birth_date": date}]}, "/persons/0/birth_date") for date in ("2011-13", "2011-02-29", "02/04/2011", "yesterday")],
    *[({"occurred_at": time}, "/occurred_at") for time in ("2026-11", "2026-11-20", "2026-11-20T10:00:00", "2026-11-31T10:00:00Z", "2026-11-20T25:00:00Z")],
    ({"occurred_at": "2026-11-20T10:00:00.5+01:00"}, None),
    ({"until": "2001-01-01T00:00:00Z"}, "/until"),
    *[({"grade": grade}, None) for grade in ("1AP", "3EC", "2BP")],
    *[({"grade": grade}, "/grade") for grade in ("4AP", "1FP", "1AX", "1ap", "AP")],
    ({"grade": "1AC", "conditions": ["A1", "A2", "A3", "S1", "S2"]}, None),
    ({"grade": "1AC", "conditions": ["A4"]}, "/conditions/0"),
    ({"links": [{"from": "p1", "to": "p2", "type": "knows"}]}, "/links/0/from"),
    ({"persons": [{"ref": "p1"}, {"ref": "p1"}]}, "/persons/1/ref"),
    ({"locations": [{"ref": "l1", "lat": 91, "lon": 0}]}, "/locations/0/lat"),
    ({"version": "1"}, "/version"),
    ({"persons": [{"ref": "p1", "ids": [{"scheme": "nhs", "value": "9434765871"}]}]}, None),
]


def test_forms_of_values(crossflag):
    verdicts = validate(crossflag, [record(**more) for more, _ in FORMS])
    for (more, pointer), verdict in zip(FORMS, verdicts):
        assert (pointer in verdict) if pointer else verdict is None, (more, verdict)
    assert validate(crossflag, [{"id": "x", "kind": "other", "occurred_at": instant()}]) == [None], "everything else may be missing"
    for member in ("id", "kind", "occurred_at"):
        assert validate(crossflag, [{name: value for name, value in record().items() if name != member}]) == [{f"/{member}": "is missing"}]


def test_a_refused_line_is_named_by_its_id(crossflag):
    answer = crossflag.client("police-feed").post("/v1/feeds/police/validate", json.dumps(record(kind="nonsense")) + "\n", type="application/x-ndjson")
    item, = answer.json["items"]
    assert (item["line"], item["id"], item["status"], item["errors"][0]["pointer"]) == (1, "dry-run", 422, "/kind")


def test_csv_lines_are_counted_as_in_the_file(crossflag, unique):
    table = f"""id,upn,forename,surname,dob,sex,year,address,town,postcode,as_of
{unique}-1,B801200005001,Zoë,"O'Neil, Jr",02/04/2011,F,10,"Flat 2, 1 Road",Harrowmere,WK2 4TD,2026-09-01
{unique}-2,P207000016049,Ann,Lee,31/02/2011,F,10,1 Road,Harrowmere,WK2 4TD,2026-09-01
"""
    answer = crossflag.client("education-feed").post("/v1/feeds/education/records", table.encode(), type="text/csv; charset=utf-8")
    assert (answer.json["received"], answer.json["accepted"], answer.json["rejected"]) == (2, 1, 1)
    assert [item["line"] for item in answer.json["items"]] == [3]
    assert answer.json["items"][0]["errors"][0]["pointer"] == "/persons/0/birth_date" and "dob" in answer.json["items"][0]["errors"][0]["reason"]
    person = crossflag.client("education-feed").get(f"/v1/feeds/education/records/{unique}-1").json["persons"][0]
    assert (person["names"], person["birth_date"]) == ([{"given": "Zoë", "family": "O'Neil, Jr"}], "2011-04-02")


# ---- Linking ----

def joined(crossflag, unique, first, second):
    """Whether two records' one person each become one entity."""
    base = {"kind": "incident", "occurred_at": instant(days=2)}
    items = crossflag.send("police", [{"id": f"{unique}-{number}", **base, "persons": [{"ref": "p1", "role": "subject", **person}]}
                                      for number, person in enumerate((first, second))], info=True)["items"]
    return items[0]["entities"] == items[1]["entities"]


@pytest.mark.parametrize("scheme,first,second,join", [
    ("nhs", "401 023 2137", "4010232137", True), ("nhs", "4010232138", "4010232138", False),
    ("upn", "p207000016049", "P207000016049", True), ("upn", "B207000016049", "B207000016049", False),
    ("pnc", "79/163001B", "1979/0163001B", True), ("pnc", "2001/0171310S", "2001/0171310S", False),
    ("cro", "65656/91H", "065656/91H", True), ("cro", "85227/65G", "85227/65G", False),
    ("nino", "CE 55 34 12 A", "ce553412a", True), ("nino", "BG123456C", "BG123456C", False),
])
def test_only_identifiers_that_pass_their_check_join(crossflag, unique, scheme, first, second, join):
    name = {"names": [{"given": unique[:5], "family": unique[5:]}]}
    assert joined(crossflag, unique, {**name, "ids": [{"scheme": scheme, "value": first}]}, {**name, "ids": [{"scheme": scheme, "value": second}]}) == join


def test_two_valid_nhs_numbers_are_two_people(crossflag, unique):
    person = {"names": [{"given": unique[:5], "family": unique[5:]}], "birth_date": "1979-05-17"}
    assert not joined(crossflag, unique, {**person, "ids": [{"scheme": "nhs", "value": "9434765870"}]}, {**person, "ids": [{"scheme": "nhs", "value": "4010232137"}]})


def test_a_merged_entity_redirects(crossflag, unique):
    name = {"ref": "p1", "role": "subject", "names": [{"given": "Hortensia", "family": unique}]}
    halves = [{**name, "ids": [{"scheme": "pnc", "value": "02/73319Z"}]}, {**name, "birth_date": "1977-07-07", "phones": ["+447700900777"]}]
    both = {**name, "birth_date": "1977-07-07", "phones": ["+447700900777"], "ids": halves[0]["ids"]}
    before = [crossflag.send("police", [record(id=f"{unique}-{number}", persons=[half])], info=True)["items"][0]["entities"][0]["entity"]
              for number, half in enumerate(halves)]
    assert before[0] != before[1]
    after = crossflag.send("police", [record(id=f"{unique}-both", persons=[both])], info=True)["items"][0]["entities"][0]["entity"]
    for entity in before:
        page = crossflag.client("officer").get(f"/v1/entities/{entity}", headers=PURPOSE)
        assert page.status == 200 and page.json["id"] == after
        assert set(before) - {after} <= set(page.json["redirects"])
        assert {"id", "kind", "mentions", "flags", "redirects"} <= set(page.json)
        assert all({"feed", "id", "ref", "role", "grade", "values"} <= set(mention) for mention in page.json["mentions"])


# ---- Rules: each scenario just below and just above its line, all sent at once ----

class Cast:
    """Invented people, places and vehicles that resemble no others, and records in which they meet."""

    def __init__(self, word):
        self.word = word
        self.chance = random.Random(word)
        self.records = []
        self.scenario = ""

    def name(self, length=4):
        return "".join(self.chance.choice("bcdfghjklmnprstvwz") + self.chance.choice("aeiou") for _ in range(length)).capitalize()

    def person(self, ref, role, year, **more):
        born = f"{year}-{self.chance.randint(1, 12):02}-{self.chance.randint(2, 27):02}"
        return {"ref": ref, "role": role, "names": [{"given": self.name(), "family": self.name(6)}], "birth_date": born, **more}

    def child(self, role="missing", **more):
        return self.person("p1", role, self.chance.randint(2011, 2014), **more)

    def adult(self, role="found_with", **more):
        return self.person("p2", role, self.chance.randint(1960, 1995), **more)

    def place(self, role="found_at", type="takeaway"):
        letters = "".join(self.chance.choice("ABDEFGHJLNPQRSTUWXYZ") for _ in "12")
        return {"ref": "l1", "role": role, "type": type, "name": self.name(5), "lines": [f"{self.chance.randint(1, 180)} {self.name()} Road"], "town": "Huddersfield",
                "postcode": f"HD{self.chance.randint(1, 9)} {self.chance.randint(1, 9)}{letters}"}

    def car(self, role="found_in"):
        letters = [self.chance.choice("ABCDEFGHJKLMNPRSTUVWXY") for _ in range(5)]
        return {"ref": "v1", "role": role, "vrm": f"{''.join(letters[:2])}{self.chance.randint(51, 72)} {''.join(letters[2:])}"}

    def met(self, days, persons, kind="missing_episode", grade="1AP", **more):
        self.records.append({"id": f"{self.word}-{self.scenario}-{len(self.records)}", "kind": kind, "occurred_at": instant(days=days), "grade": grade,
                             "persons": persons, **more})


def repeat(*days, **more):
    def play(cast):
        child = {**cast.child(), **more.get("child", {})}
        for number, day in enumerate(days):
            cast.met(day, [child], grade=more.get("grades", ["1AP"] * len(days))[number])
    return play


def place_of(*days, same=False, grade="1AP", **kind):
    def play(cast):
        place, child = cast.place(**kind), cast.child()
        for day in days:
            cast.met(day, [child if same else cast.child()], grade=grade, locations=[place])
    return play


def adult_with(*days, same=False, **more):
    def play(cast):
        adult, child = {**cast.adult(), **more}, cast.child()
        for day in days:
            cast.met(day, [child if same else cast.child(), adult])
    return play


def car_of(*days, same=False, role="found_in"):
    def play(cast):
        car, child = cast.car(role), cast.child()
        for day in days:
            cast.met(day, [child if same else cast.child()], vehicles=[car])
    return play


def marked(grade="1AP", year=None, **marker):
    def play(cast):
        cast.met(3, [{**cast.child("child", markers=[marker]), **({"birth_date": year} if year else {})}], kind="risk_assessment", grade=grade)
    return play


SCENARIOS = [
    ("marker_low", marked(type="cse_risk", level="low"), {}),
    ("marker_medium", marked(type="cse_risk", level="medium"), {"assessed_at_risk": "medium"}),
    ("marker_high", marked(type="missing_risk", level="high"), {"assessed_at_risk": "high"}),
    ("marker_cce", marked(type="cce_risk", level="medium"), {"assessed_at_risk": "medium"}),
    ("marker_plan", marked(type="child_protection_plan"), {"assessed_at_risk": "medium"}),
    ("marker_other", marked(type="looked_after", level="high"), {}),
    ("marker_ended", marked(type="cse_risk", level="high", until="2026-01-01"), {}),
    ("marker_adult", marked(type="cse_risk", level="high", year="1990-02-03"), {}),
    ("marker_source_3", marked(type="cse_risk", level="high", grade="3AP"), {}),
    ("marker_information_d", marked(type="cse_risk", level="high", grade="2DP"), {}),
    ("repeat_2", repeat(20, 10), {}),
    ("repeat_3", repeat(60, 30, 1), {"repeat_missing": "medium"}),
    ("repeat_within_90", repeat(91, 50, 1), {"repeat_missing": "medium"}),
    ("repeat_over_90", repeat(92, 50, 1), {}),
    ("repeat_late", repeat(1, 30, 60), {"repeat_missing": "medium"}),
    ("repeat_5", repeat(50, 40, 30, 20, 10), {"repeat_missing": "high"}),
    ("repeat_adult", repeat(30, 20, 10, child={"birth_date": "1990-04-05"}), {}),
    ("repeat_unsure", repeat(30, 20, 10, grades=["2CP", "2CP", "2CP"]), {}),
    ("repeat_one_sure", repeat(30, 20, 10, grades=["2CP", "2CP", "2BP"]), {"repeat_missing": "medium"}),
    ("repeat_one_false", repeat(30, 20, 10, grades=["1AP", "1AP", "3AP"]), {}),
    ("place_1", place_of(20, 10, same=True), {}),
    ("place_2", place_of(70, 10), {"location_multi_missing": "medium"}),
    ("place_2_in_14", place_of(24, 10), {"location_multi_missing": "high"}),
    ("place_2_in_15", place_of(25, 10), {"location_multi_missing": "medium"}),
    ("place_3", place_of(80, 45, 10), {"location_multi_missing": "high"}),
    ("place_over_90", place_of(101, 10), {}),
    ("place_unsure", place_of(20, 10, grade="3AP"), {}),
    *[(f"place_{type}", place_of(20, 10, type=type), {}) for type in ("police_station", "hospital", "transport_hub")],
    *[(f"place_{role}", place_of(20, 10, role=role), {}) for role in ("home", "school", "placement")],
    ("place_frequented", place_of(20, 10, role="frequented", type="park"), {"location_multi_missing": "high"}),
    ("adult_1", adult_with(30, 10, same=True), {}),
    ("adult_2", adult_with(30, 10), {"adult_multi_children": "medium"}),
    ("adult_within_180", adult_with(189, 10), {"adult_multi_children": "medium"}),
    ("adult_over_180", adult_with(191, 10), {}),
    ("adult_of_17", adult_with(30, 10, birth_date="2009-10-05"), {}),
    *[(f"adult_{role}", adult_with(30, 10, role=role), {}) for role in ("parent", "carer", "professional")],
    ("car_1", car_of(10), {}),
    ("car_same_child", car_of(30, 10, same=True), {"vehicle_multi_children": "medium"}),
    ("car_2", car_of(30, 10), {"vehicle_multi_children": "medium"}),
    ("car_over_90", car_of(101, 10), {}),
    ("car_kept", car_of(30, 10, role="kept"), {}),
]


@pytest.fixture(scope="module")
def played(crossflag):
    """All scenarios' records sent as one batch; the flags that rest on each scenario's records, rule by rule with their level."""
    cast = Cast(f"scenario{os.getpid()}")
    for name, play, _ in SCENARIOS:
        cast.scenario = name
        play(cast)
    crossflag.send("police", cast.records, info=True)
    raised, cursor = {}, ""
    while cursor is not None:
        page = crossflag.client("reviewer").get(f"/v1/flags?limit=500{cursor and '&cursor=' + cursor}", headers=PURPOSE).json
        for flag in page["items"]:
            for one in (one for reason in flag.get("reasons", []) for one in reason["records"]):
                word, _, rest = one["id"].partition("-")
                if word == cast.word and flag["status"] in ("proposed", "confirmed"):
                    raised.setdefault(rest.rpartition("-")[0], {})[flag["rule"]["id"]] = flag["level"]
        cursor = page["next"]
    return raised


@pytest.mark.parametrize("name,expected", [(name, expected) for name, _, expected in SCENARIOS], ids=[name for name, _, _ in SCENARIOS])
def test_rules_at_their_lines(played, name, expected):
    assert played.get(name, {}) == expected


@pytest.mark.parametrize("feed", ["education", "housing", "licensing", "health"])
def test_only_social_care_hub_and_police_assess(crossflag, unique, feed):
    person = {"ref": "p1", "role": "child", "names": [{"given": unique[:5], "family": unique[5:]}], "birth_date": "2012-03-04", "markers": [{"type": "cse_risk", "level": "high"}]}
    assert crossflag.send(feed, [record(id=unique, kind="other", persons=[person])], info=True)["items"][0]["flags"] == []


# ---- Flags ----

@pytest.fixture
def flag(crossflag, unique):
    cast = Cast(unique)
    repeat(30, 20, 10)(cast)
    return crossflag.send("police", cast.records, info=True)["items"][-1]["flags"][0]


def test_a_flag_has_the_contracts_members(crossflag, flag):
    shown = crossflag.client("reviewer").get(f"/v1/flags/{flag['id']}", headers=PURPOSE).json
    assert {"id", "type", "subject", "level", "status", "rule", "score", "raised_at", "review_due", "reasons"} <= set(shown)
    assert set(shown["subject"]) == {"entity", "kind"} and set(shown["rule"]) == {"id", "version"}
    for reason in shown["reasons"]:
        assert {"pattern", "count", "weight", "records"} <= set(reason) and all(set(one) == {"feed", "id"} for one in reason["records"])


def test_a_decision_that_changes_nothing_is_refused(crossflag, flag):
    reviewer, path = crossflag.client("reviewer"), f"/v1/flags/{flag['id']}"
    assert reviewer.post(f"{path}/confirm", {"rationale": "Read the episodes."}, headers=PURPOSE).json["status"] == "confirmed"
    answer = reviewer.post(f"{path}/dismiss", {"rationale": "On a second look."}, headers=PURPOSE)
    assert answer.status == 409 or answer.json["status"] == "dismissed", answer.body


def test_officers_decide_with_a_purpose_only(crossflag, flag):
    assert crossflag.client("social-worker").post(f"/v1/flags/{flag['id']}/confirm", {"rationale": "Read."}).status == 428


def test_check_grades_its_certainty(crossflag, unique):
    person = {"names": [{"given": "Rosalind", "family": unique}], "birth_date": "2012-06-19"}
    pupil = {**person, "ref": "p1", "role": "child", "ids": [{"scheme": "upn", "value": "P207000016049"}], "markers": [{"type": "cse_risk", "level": "high"}]}
    crossflag.send("social-care", [record(id=unique, kind="risk_assessment", grade="1AP", persons=[pupil])], info=True)
    before = crossflag.client("admin").get("/v1/feeds/social-care/status").json
    asked = [{"ref": "all", **person, "ids": pupil["ids"]}, {"ref": "name", **person}, {"ref": "year", **person, "birth_date": "2012"}, {"ref": "nobody", "names": [{"given": "Q", "family": unique[::-1]}]}]
    results = crossflag.client("social-worker").post("/v1/check", {"persons": asked}, headers=PURPOSE).json["results"]
    certainty = {result["ref"]: result["certainty"] for result in results}
    order = ["none", "possible", "likely", "certain"]
    assert certainty["all"] == "certain" and certainty["nobody"] == "none"
    assert order.index("certain") >= order.index(certainty["name"]) >= order.index("likely") and order.index(certainty["name"]) >= order.index(certainty["year"])
    assert [flag["type"] for flag in results[0]["flags"]] == ["child_at_risk"] and results[3]["flags"] == []
    assert crossflag.client("admin").get("/v1/feeds/social-care/status").json == before, "a check writes nothing"


# ---- Search ----

@pytest.fixture(scope="module")
def searched(crossflag):
    word = f"{random.Random(os.getpid()).randint(1000, 9999)}"
    family = "Quibblethwaite" + "".join("abcdefghij"[int(digit)] for digit in word)
    person = {"ref": "p1", "role": "subject", "names": [{"given": "Bartholomew", "family": family}, {"given": f"Zib{family[-4:]}", "type": "alias"}], "birth_date": "1991-03-04",
              "ids": [{"scheme": "nino", "value": f"CE{word}12A"}], "phones": [f"+44770090{word}"], "emails": [f"b.{word}@example.org"],
              "accounts": [{"service": "snapchat", "handle": f"zibby.{word}"}]}
    place = {"ref": "l1", "role": "home", "type": "dwelling", "lines": [f"7 {family} Mews"], "town": "Huddersfield", "postcode": "HD9 7YY"}
    car = {"ref": "v1", "role": "used", "vrm": f"QX{word[:2]} Z{family[-2:].upper()}"}
    items = crossflag.send("police", [record(id=f"searched-{word}", persons=[person], locations=[place], vehicles=[car],
                                             links=[{"from": "p1", "to": "l1", "type": "resides_at"}])], info=True)["items"]
    return person, place, car, {entity["ref"]: entity["entity"] for entity in items[0]["entities"]}


@pytest.mark.parametrize("question,ref", [
    (lambda p, l, v: {"given": "Bartholemew", "family": p["names"][0]["family"]}, "p1"),
    (lambda p, l, v: {"name": "Bartholomew " + p["names"][0]["family"]}, "p1"),
    (lambda p, l, v: {"name": p["names"][1]["given"]}, "p1"),
    (lambda p, l, v: {"family": p["names"][0]["family"], "birth_date": "1991"}, "p1"),
    (lambda p, l, v: {"id": p["ids"][0]}, "p1"),
    (lambda p, l, v: {"phone": p["phones"][0].replace("+44", "0")}, "p1"),
    (lambda p, l, v: {"email": p["emails"][0].upper()}, "p1"),
    (lambda p, l, v: {"account": p["accounts"][0]}, "p1"),
    (lambda p, l, v: {"vrm": v["vrm"].lower().replace(" ", "")}, "v1"),
    (lambda p, l, v: {"vrm": v["vrm"][:4] + "*"}, "v1"),
    (lambda p, l, v: {"vrm": "*" + v["vrm"][-3:]}, "v1"),
    (lambda p, l, v: {"kind": "location", "address": l["lines"][0], "postcode": l["postcode"]}, "l1"),
], ids=["fuzzy", "name", "alias", "year", "id", "phone", "email", "account", "plate", "plate-begins", "plate-ends", "address"])
def test_search_by_every_kind_of_thing(crossflag, searched, question, ref):
    person, place, car, entities = searched
    answer = crossflag.client("officer").post("/v1/search", {**question(person, place, car), "limit": 200}, headers=PURPOSE)
    assert answer.status == 200 and {"items", "next"} <= set(answer.json)
    assert entities[ref] in [item["id"] for item in answer.json["items"]]


# ---- Alerts ----

def test_an_alert_has_the_contracts_attributes(crossflag, unique):
    client = crossflag.client("police-subscriber")
    assert client.post("/v1/subscriptions", {"id": unique, "filter": {"types": ["repeat_missing"]}}).status == 201
    cast = Cast(unique)
    repeat(30, 20, 10)(cast)
    crossflag.send("police", cast.records, info=True)
    event, = client.get(f"/v1/subscriptions/{unique}/events?after=0&wait=20").json["items"]
    assert event["specversion"] == "1.0" and event["type"] == "uk.crossflag.flag.raised.v1" and event["sequence"] == "0" * 19 + "1"
    assert {"id", "source", "time", "data"} <= set(event) and event["datacontenttype"] == "application/json"
    assert {"id", "type", "level", "status", "recipient_records", "handling"} <= set(event["data"])
    assert sorted(one["id"] for one in event["data"]["recipient_records"]) == sorted(one["id"] for one in cast.records)
    assert client.request("DELETE", f"/v1/subscriptions/{unique}").status == 204
    assert client.get(f"/v1/subscriptions/{unique}").status == 404


@pytest.mark.parametrize("url", ["https://10.0.0.1/x", "https://192.168.1.1/x", "https://172.16.0.1/", "https://169.254.169.254/x", "https://100.64.0.1/", "https://0.0.0.0/",
                                 "https://[::1]/x", "https://[fd00::1]/", "https://[fe80::1]/", "https://[::ffff:10.0.0.1]/", "https://167772161/", "https://0xa.1/",
                                 "http://example.org/", "ftp://example.org/", "https://user:secret@example.org/"])
def test_webhooks_into_private_networks_are_refused(crossflag, url):
    answer = crossflag.client("hub-subscriber").post("/v1/subscriptions", {"url": url})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/url")


# ---- HTTP ----

@pytest.mark.parametrize("name,method,path,body,status", [
    (None, "GET", "/v1/flags", None, 401), ("police-feed", "GET", "/v1/flags", None, 403), ("officer", "GET", "/v1/flags", None, 428),
    ("officer", "GET", "/v1/flags/flag-9999999-0", None, 404), ("officer", "PUT", "/v1/flags", {}, 405), ("officer", "POST", "/v1/search", b"{", 400),
    ("check", "POST", "/v1/check", {"persons": [{"role": "nonsense"}]}, 422), ("police-feed", "POST", "/v1/feeds/police/records", b"[5", 400),
    ("police-feed", "GET", "/v1/feeds/police/records/there-is-none", None, 404), ("officer", "GET", "/v1/flags?limit=none", None, 400),
])
def test_errors_are_problem_details(crossflag, name, method, path, body, status):
    purpose = {} if status in (401, 403, 428) else PURPOSE
    answer = crossflag.client(name).request(method, path, body=body, headers={**purpose, "X-Request-Id": "of-the-caller"})
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")
    problem = answer.json
    assert {"type", "title", "status", "detail", "instance"} <= set(problem) and problem["status"] == status
    assert all(set(error) == {"pointer", "reason"} for error in problem.get("errors", []))
    assert answer.headers["X-Request-Id"] == "of-the-caller" and problem["instance"].endswith("of-the-caller")
    if status == 405:
        assert "GET" in answer.headers["Allow"]


def test_what_is_not_there_is_a_clean_404(crossflag):
    for method, path in [("GET", "/v1/entities/per-0-0"), ("GET", "/v1/entities/nonsense"), ("GET", "/v1/nothing/at/all"), ("GET", "/../etc/passwd"), ("GET", "//v1/flags"),
                         ("POST", "/v1/flags/flag-9999999-0/confirm"), ("GET", "/v1/subscriptions/there-is-none")]:
        answer = crossflag.client("reviewer").request(method, path, body={"rationale": "x"} if method == "POST" else None, headers=PURPOSE)
        assert answer.status in (400, 403, 404) and answer.headers["Content-Type"] == "application/problem+json", path


def raw(crossflag, request):
    """Bytes sent over TLS as they are; what comes back until the daemon closes or is quiet for a while."""
    url = crossflag.client().url
    context = ssl.create_default_context(cafile=crossflag.demo["ca"])
    with socket.create_connection((url.hostname, url.port), timeout=10) as plain, context.wrap_socket(plain, server_hostname=url.hostname) as secure:
        secure.sendall(request)
        return secure.recv(65536)


@pytest.mark.parametrize("request_,status", [
    (b"GET /livez HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20000 + b"\r\n\r\n", 431),
    (b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431),
    (b"GET /livez HTTP/1.1\r\n\r\n", 400),
    (b"\x00\x01\x02\r\n\r\n", 400),
    (b"GET /livez HTTP/1.1\nHost: x\n\n", 400),
    (b"GET /v1/feeds/%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    (b"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
    (b"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400),
    (b"POST /v1/check HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400),
], ids=["headers", "target", "no-host", "no-http", "bare-lf", "escape", "two-lengths", "length-and-chunks", "encoding"])
def test_requests_that_are_no_http(crossflag, request_, status):
    answer = raw(crossflag, request_)
    assert answer.startswith(b"HTTP/1.1 %d " % status), answer[:200]
    assert b"application/problem+json" in answer


def test_openapi_is_what_the_daemon_serves(crossflag):
    """Every operation described is there and closed to strangers, and what the contract asks of this release is described."""
    described = crossflag.client().get("/openapi.json").json
    assert described["openapi"].startswith("3.1")
    open_to_all = {"/", "/livez", "/readyz", "/openapi.json", "/schemas/record.json"}
    for path, operations in described["paths"].items():
        for method in (method for method in operations if method in ("get", "post", "put", "patch", "delete")):
            answer = crossflag.client().request(method.upper(), re.sub(r"\{\w+\}", "x", path))
            assert answer.status == (200 if path in open_to_all else 401), (method, path, answer.body)
    for path in ("/v1/feeds/{feed}/records", "/v1/feeds/{feed}/records/{id}", "/v1/feeds/{feed}/validate", "/v1/feeds/{feed}/status", "/v1/check", "/v1/flags", "/v1/flags/{id}",
                 "/v1/search", "/v1/entities/{id}", "/v1/subscriptions", "/v1/subscriptions/{id}", "/v1/subscriptions/{id}/events", "/v1/subscriptions/{id}/ack",
                 "/v1/subscriptions/{id}/stream", "/metrics"):
        assert path in described["paths"], path


def test_metrics_have_their_names(crossflag):
    text = crossflag.client("admin").get("/metrics").body.decode()
    for name in ("crossflag_ingest_records_total{", "crossflag_ingest_to_alert_seconds", "crossflag_fold_position", "crossflag_fold_lag_entries", "crossflag_link_decisions_total{",
                 "crossflag_delivery_attempts_total{", "crossflag_subscription_oldest_unacked_seconds", "crossflag_build_info{"):
        assert name in text, name


# ---- The command line ----

def command(crossflag, *arguments, **environment):
    return subprocess.run([str(BUILD / "crossflag"), *arguments], capture_output=True, text=True, timeout=60, env={**os.environ, **environment})


def test_the_command_line_takes_every_way_of_calling(crossflag, tmp_path):
    demo = crossflag.demo
    officer = demo["principals"]["officer"]
    token = tmp_path / "token"
    token.write_text(officer["token"] + "\n")
    look = ("flags", "--purpose", "investigation CASE-1", "--json", "--limit", "1")
    where = ("--url", demo["url"], "--ca", demo["ca"])
    for done in (command(crossflag, *look, *where, "--token-file", str(token)),
                 command(crossflag, *look, *where, "--cert", officer["cert"], "--key", officer["key"]),
                 command(crossflag, *look, "--demo", str(crossflag.directory / "demo.json"), "--as", "officer"),
                 command(crossflag, *look, CROSSFLAG_URL=demo["url"], CROSSFLAG_CA=demo["ca"], CROSSFLAG_TOKEN=officer["token"])):
        assert done.returncode == 0 and "items" in json.loads(done.stdout), done.stderr
    assert command(crossflag, *look, "--url", demo["url"], "--token-file", str(token)).returncode == 4, "an authority that is not known is not trusted"
    assert command(crossflag, "flags", *where, "--token-file", str(token)).returncode == 3
    assert command(crossflag, "nonsense").returncode == 2


def test_send_reports_file_line_and_pointer(crossflag, unique, tmp_path):
    file = tmp_path / "records.ndjson"
    file.write_text(json.dumps(record(id=unique)) + "\n" + json.dumps(record(id=f"{unique}-2", kind="nonsense")) + "\n")
    done = run_cli(crossflag, "police-feed", "send", "--feed", "police", "--json", str(file), check=False)
    assert done.returncode == 1 and json.loads(done.stdout)["accepted"] == 1
    done = run_cli(crossflag, "police-feed", "send", "--feed", "police", str(file), check=False)
    assert done.returncode == 1 and f"{file}:2:" in done.stderr + done.stdout and "/kind" in done.stderr + done.stdout


def test_broken_configuration_is_refused_by_file_line_and_reason(crossflag, tmp_path):
    good = (crossflag.directory / "crossflagd.conf").read_text()
    lines = good.count("\n")

    def refusal(text):
        file = tmp_path / "crossflagd.conf"
        file.write_text(text)
        done = subprocess.run([str(BUILD / "crossflagd"), "--config", str(file)], capture_output=True, text=True, timeout=20)
        assert done.returncode == 2
        return done.stderr

    for line, reason in (("lissten = x", "lissten"), ("garbage", "key = value"), ("request_timeout_ms = soon", "request_timeout_ms"), ("listen = 127.0.0.1:1", "listen")):
        assert re.search(rf"crossflagd\.conf:{lines + 1}: .*{reason}", refusal(good + line + "\n"))
    broken = crossflag.directory / "broken-partners.json"
    broken.write_text('{\n"agencies": [\n')
    assert re.search(r"broken-partners\.json:[23]:", refusal(re.sub(r"(?m)^partners = .*", f"partners = {broken}", good)))
