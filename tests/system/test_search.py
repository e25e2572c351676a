# SPDX-License-Identifier: Apache-2.0
"""An officer's search: whatever single thing is known of somebody or something finds it."""

import pytest

from conftest import PURPOSE, instant


@pytest.fixture(scope="module")
def told(crossflag):
    """One record that tells of a person, a place and a car by every kind of value."""
    crossflag.send("police", [{
        "id": "SEARCH-1", "kind": "incident", "occurred_at": instant(days=4), "grade": "2BP",
        "persons": [{"ref": "p1", "role": "subject", "names": [{"given": "Zebulon", "family": "Quennell"}], "birth_date": "1951-06-17", "sex": "M",
                     "ids": [{"scheme": "nhs", "value": "9434765870"}], "phones": ["+447700900961"], "emails": ["zeb@quennell.example"],
                     "accounts": [{"service": "snapchat", "handle": "zeb.q"}]}],
        "locations": [{"ref": "l1", "role": "incident_at", "type": "takeaway", "name": "Quennell's Fish Bar", "lines": ["171 Tidewater Lane"], "town": "Harrowmere",
                       "postcode": "ZE27 9QQ", "uprn": "200012345678"}],
        "vehicles": [{"ref": "v1", "role": "seen_with", "vrm": "ZQ51 XFG", "vin": "WVWZZZ1JZXW000017", "licence_plate_no": "ZQ 0951"}],
        "links": [{"from": "p1", "to": "l1", "type": "resides_at"}]}], info=True)
    crossflag.send("police", [{"id": f"SEARCH-{number}", "kind": "incident", "occurred_at": instant(days=3),
                               "persons": [{"ref": "p1", "names": [{"given": given, "family": "Oglethorpe"}], "birth_date": f"197{number}-02-03"}]}
                              for number, given in ((2, "Una"), (3, "Barnaby"), (4, "Clementine"))], info=True)
    return crossflag


def found(crossflag, question):
    answer = crossflag.client("officer").post("/v1/search", question, headers=PURPOSE)
    assert answer.status == 200, answer.body
    return answer.json["items"]


QUESTIONS = [
    {"family": "Quennell"}, {"name": "Quenell"}, {"name": "Zebulon Quennell"}, {"given": "Zebulon"},
    {"birth_date": "1951-06-17"}, {"birth_date": "1951-06"}, {"birth_date": {"from": "1951-01-01", "to": "1951-12-31"}}, {"birth_date": {"to": "1951"}},
    {"id": {"scheme": "nhs", "value": "943 476 5870"}}, {"phone": "07700 900961"}, {"email": "ZEB@quennell.example"},
    {"account": {"service": "snapchat", "handle": "zeb.q"}}, {"postcode": "ze279qq"}, {"address": "171 Tidewater Lane", "postcode": "ZE27 9QQ"},
    {"kind": "location", "postcode": "ZE27 9QQ"}, {"kind": "location", "address": "171 Tidewater Lane"}, {"kind": "location", "name": "Quennells Fish Bar"},
    {"kind": "location", "id": {"scheme": "uprn", "value": "200012345678"}},
    {"vrm": "ZQ51XFG"}, {"vrm": "ZQ51*"}, {"vrm": "?Q51X*"}, {"vin": "WVWZZZ1JZXW000017"}, {"licence_plate_no": "ZQ 0951"},
]


@pytest.mark.parametrize("question", QUESTIONS, ids=[str(question) for question in QUESTIONS])
def test_one_value_is_enough(told, question):
    wanted = {"given": "zebulon", "name": "quennells fish bar", "vrm": "ZQ51XFG"}
    items = found(told, {**question, "limit": 200})
    assert any(item.get("values", {}).get(member) == value for item in items for member, value in wanted.items()), items


def test_everything_asked_must_fit_where_no_key_leads(told):
    assert not [item for item in found(told, {"family": "Oglethorpe", "birth_date": {"from": "1980"}}) if item["values"]["family"] == "oglethorpe" and "weight" not in item]
    assert found(told, {"postcode": "ZE27 9QX"}) == []


def test_pages_follow_one_another(told):
    question, seen = {"family": "Oglethorpe", "limit": 2}, []
    while True:
        answer = told.client("officer").post("/v1/search", question, headers=PURPOSE).json
        seen += [item["values"]["given"] for item in answer["items"]]
        if answer["next"] is None:
            break
        question["cursor"] = answer["next"]
    assert sorted(seen) == ["barnaby", "clementine", "una"] and not answer["truncated"]


@pytest.mark.parametrize("question,pointer", [({}, ""), ({"famly": "x"}, "/famly"), ({"birth_date": "51"}, "/birth_date"), ({"birth_date": {"since": "1951"}}, "/birth_date"),
                                              ({"id": "943"}, "/id"), ({"limit": 0, "family": "x"}, "/limit"), ({"cursor": "x", "family": "x"}, "/cursor"), ({"kind": "location"}, "")])
def test_faults_are_named(crossflag, question, pointer):
    answer = crossflag.client("officer").post("/v1/search", question, headers=PURPOSE)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer), answer.body
