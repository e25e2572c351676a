# SPDX-License-Identifier: Apache-2.0
"""The command line as integrators and officers use it, and the quick start as a newcomer does."""

import gzip
import json
import os
import re
import subprocess
import time

import pytest

from conftest import BUILD, WAIT, Client, Daemon, alive, free_port, instant, new_directory, quickstart, run_cli, stop
from world import child, names_of, repeat_missing

CASE = ("--purpose", "investigation CASE-1")
RULES = {"assessed_at_risk": "child_at_risk", "absent_at_risk_child": "child_absent", "child_missing_flagged": "child_missing", "repeat_missing": "repeat_missing",
         "location_multi_missing": "location_of_concern", "adult_multi_children": "possible_perpetrator", "vehicle_multi_children": "vehicle_of_concern"}


def ndjson(records):
    return "".join(json.dumps(record) + "\n" for record in records)


def plain(*arguments, **environment):
    return subprocess.run([str(BUILD / "crossflag"), *arguments], capture_output=True, text=True, timeout=60, env={**os.environ, **environment})


def test_send_ndjson_and_again(crossflag, tmp_path, unique):
    file = tmp_path / "records.ndjson"
    file.write_text(ndjson(repeat_missing(unique)))
    assert "3 accepted" in run_cli(crossflag, "police-feed", "send", "--feed", "police", str(file)).stdout
    again = run_cli(crossflag, "police-feed", "send", "--feed", "police", str(file), "--json")
    answer = json.loads(again.stdout)
    assert (answer["received"], answer["accepted"], answer["unchanged"], answer["rejected"]) == (3, 0, 3, 0)


def test_send_names_rejected_lines(crossflag, tmp_path, unique):
    file = tmp_path / "mixed.ndjson"
    good = {"id": f"{unique}-good", "kind": "incident", "occurred_at": instant(days=1)}
    file.write_text(ndjson([good]) + "\n" + ndjson([{**good, "id": f"{unique}-bad", "kind": "gossip"}]) + "not json\n")
    done = run_cli(crossflag, "police-feed", "send", "--feed", "police", str(file), check=False)
    assert done.returncode == 1
    assert re.search(rf"^{re.escape(str(file))}:3: {unique}-bad: /kind: ", done.stdout, re.M), done.stdout
    assert re.search(rf"^{re.escape(str(file))}:4: ", done.stdout, re.M), done.stdout
    assert "1 accepted" in done.stdout and "2 rejected" in done.stdout
    answer = json.loads(run_cli(crossflag, "police-feed", "send", "--feed", "police", "--json", str(file), check=False).stdout)
    assert [item["line"] for item in answer["items"] if item["status"] >= 400] == [3, 4]


def test_send_from_standard_input_gzip_and_json(crossflag, tmp_path, unique):
    packed = tmp_path / "records.ndjson.gz"
    packed.write_bytes(gzip.compress(ndjson(repeat_missing(f"{unique}z")).encode()))
    assert "3 accepted" in run_cli(crossflag, "police-feed", "send", "--feed", "police", str(packed)).stdout
    array = tmp_path / "records.json"
    array.write_text(json.dumps(repeat_missing(f"{unique}j"), indent=1))
    assert "3 accepted" in run_cli(crossflag, "police-feed", "send", "--feed", "police", str(array)).stdout
    piped = run_cli(crossflag, "police-feed", "send", "--feed", "police", "--type", "ndjson", "-", input=ndjson(repeat_missing(f"{unique}p")))
    assert "3 accepted" in piped.stdout
    dry = run_cli(crossflag, "police-feed", "send", "--feed", "police", "--dry-run", "--type", "ndjson", "-", input=ndjson(repeat_missing(f"{unique}d")))
    assert "3 would be accepted" in dry.stdout
    told = run_cli(crossflag, "police-feed", "send", "--feed", "police", "--info", "--type", "ndjson", "-", input=ndjson(repeat_missing(f"{unique}d")))
    assert "entities" in told.stdout and "per-" in told.stdout


def test_send_csv_under_the_feeds_mapping(crossflag, tmp_path, unique):
    given, family = names_of(child(unique))
    file = tmp_path / "roll.csv"
    rows = ["id,upn,forename,surname,dob,sex,year,address,town,postcode,as_of", f"{unique}-1,,{given},{family},02/04/2011,F,10,14 Canal Row,Harrowmere,WK2 4TD,2026-09-01",
            f"{unique}-2,,{given},{family},99/04/2011,F,10,14 Canal Row,Harrowmere,WK2 4TD,2026-09-01"]
    file.write_text("\r\n".join(rows) + "\r\n")
    done = run_cli(crossflag, "education-feed", "send", "--feed", "education", str(file), check=False)
    assert done.returncode == 1 and "1 accepted" in done.stdout and "1 rejected" in done.stdout
    assert f"{file}:3: " in done.stdout
    found = run_cli(crossflag, "officer", "search", *CASE, "--given", given, "--family", family, "--birth-date", "2011-04-02")
    assert family.lower() in found.stdout.lower()


@pytest.fixture
def known(crossflag, unique):
    """A child with a flag, as social care may see it: (given, family, birth date, flag, entity)."""
    crossflag.send("police", repeat_missing(unique), info=True)
    person = child(unique)
    given, family = names_of(person)
    found = json.loads(run_cli(crossflag, "social-worker", "search", *CASE, "--json", "--given", given, "--family", family).stdout)["items"][0]
    (flag,) = [flag["id"] for flag in found["flags"] if flag["type"] == "repeat_missing"]
    return given, family, person["birth_date"], flag, found["id"]


def test_check(crossflag, known, tmp_path):
    given, family, birth, flag, _ = known
    asked = ("check", *CASE, "--given", given, "--family", family, "--birth-date", birth)
    assert flag in run_cli(crossflag, "social-worker", *asked, check=False).stdout
    answer = json.loads(run_cli(crossflag, "social-worker", *asked, "--json", check=False).stdout)
    assert answer["results"][0]["certainty"] in ("certain", "likely") and flag in [one["id"] for one in answer["results"][0]["flags"]]
    file = tmp_path / "question.json"
    file.write_text(json.dumps({"persons": [{"ref": "a", "names": [{"full": f"{given} {family}"}]}, {"ref": "b", "names": [{"given": "Nobody", "family": "Atall"}]}]}))
    results = json.loads(run_cli(crossflag, "check", "check", "--json", str(file), check=False).stdout)["results"]
    assert [result["ref"] for result in results] == ["a", "b"] and results[1]["certainty"] == "none"


def test_search_and_show(crossflag, known, unique):
    given, family, birth, flag, entity = known
    assert entity in run_cli(crossflag, "officer", "search", *CASE, given, family).stdout
    shown = run_cli(crossflag, "officer", "show", *CASE, entity).stdout
    for word in (given, family, birth, f"{unique}-1", "police"):
        assert word in shown
    page = json.loads(run_cli(crossflag, "officer", "show", *CASE, "--json", entity).stdout)
    assert page["id"] == entity and len(page["mentions"]) == 3
    about = run_cli(crossflag, "social-worker", "show", *CASE, flag).stdout
    assert flag in about and "repeat_missing" in about
    record = run_cli(crossflag, "police-feed", "show", "--json", f"police/{unique}-1")
    assert json.loads(record.stdout)["id"] == f"{unique}-1"
    missing = run_cli(crossflag, "officer", "show", *CASE, "per-1-999", check=False)
    assert missing.returncode != 0 and missing.stderr


def test_flags_and_decisions(crossflag, known):
    flag = known[3]
    listed = run_cli(crossflag, "social-worker", "flags", *CASE, "--type", "repeat_missing", "--status", "proposed", "--limit", "500", "--reasons").stdout
    assert flag in listed and "episodes" in listed
    parsed = json.loads(run_cli(crossflag, "social-worker", "flags", *CASE, "--json", "--type", "repeat_missing", "--limit", "500").stdout)
    assert flag in [item["id"] for item in parsed["items"]]
    without = run_cli(crossflag, "social-worker", "flags", *CASE, "confirm", flag, check=False)
    assert without.returncode == 2 and "rationale" in without.stderr
    done = run_cli(crossflag, "social-worker", "flags", *CASE, "confirm", flag, "--rationale", "Read all three episodes.")
    assert "confirmed" in done.stdout
    twice = run_cli(crossflag, "social-worker", "flags", *CASE, "confirm", flag, "--rationale", "Again.", check=False)
    assert twice.returncode != 0 and twice.stderr and "{" not in twice.stderr
    after = json.loads(run_cli(crossflag, "social-worker", "show", *CASE, "--json", flag).stdout)
    assert after["status"] == "confirmed"


def test_alerts_subscriptions_and_following(crossflag, unique):
    made = json.loads(run_cli(crossflag, "hub-subscriber", "subscribe", "--id", unique, "--types", "repeat_missing", "--json").stdout)
    assert made["id"] == unique and made["way"] == "pull"
    assert unique in run_cli(crossflag, "hub-subscriber", "subscribe", "--list").stdout
    crossflag.send("police", repeat_missing(unique), info=True)
    assert "repeat_missing" in run_cli(crossflag, "hub-subscriber", "alerts", unique).stdout
    lines = run_cli(crossflag, "hub-subscriber", "alerts", "--after", "0", "--json", unique).stdout.splitlines()
    assert [json.loads(line)["type"] for line in lines] == ["uk.crossflag.flag.raised.v1"]
    following = subprocess.Popen([str(BUILD / "crossflag"), "alerts", "--demo", str(crossflag.directory / "demo.json"), "--as", "hub-subscriber", "--follow", "--json", unique],
                                 stdout=subprocess.PIPE, text=True)
    try:
        assert json.loads(following.stdout.readline())["sequence"].endswith("1")
        run_cli(crossflag, "hub-subscriber", "subscribe", "--test", unique)
        assert json.loads(following.stdout.readline())["type"] == "uk.crossflag.test.v1"
    finally:
        following.terminate()
        following.wait(WAIT)
    assert run_cli(crossflag, "hub-subscriber", "alerts", "--ack", unique).returncode == 0
    assert "raised" not in run_cli(crossflag, "hub-subscriber", "alerts", unique).stdout, "what was acknowledged is not shown again"
    run_cli(crossflag, "hub-subscriber", "subscribe", "--delete", unique)
    assert unique not in run_cli(crossflag, "hub-subscriber", "subscribe", "--list").stdout
    assert run_cli(crossflag, "hub-subscriber", "alerts", unique, check=False).returncode != 0


def test_principals(crossflag, tmp_path, unique):
    made = json.loads(run_cli(crossflag, "admin", "principal", "add", unique, "--agency", "health", "--role", "check", "--role", "feed:health", "--json").stdout)
    token = tmp_path / "token"
    token.write_text(made["token"] + "\n")
    token.chmod(0o600)
    call, nothing = ("--url", crossflag.url, "--ca", crossflag.demo["ca"]), "nothing on record matches"
    assert nothing in plain("check", *call, "--token-file", str(token), "--given", "No", "--family", "Body").stdout
    environment = {"CROSSFLAG_URL": crossflag.url, "CROSSFLAG_CA": crossflag.demo["ca"], "CROSSFLAG_TOKEN": made["token"]}
    assert nothing in plain("check", "--given", "No", "--family", "Body", **environment).stdout
    assert unique in run_cli(crossflag, "admin", "principal", "list").stdout
    run_cli(crossflag, "admin", "principal", "revoke", unique)
    refused = plain("check", "--given", "No", "--family", "Body", **environment)
    assert refused.returncode != 0 and "redentials" in refused.stderr
    officer = crossflag.demo["principals"]["check"]
    assert nothing in plain("check", *call, "--cert", officer["cert"], "--key", officer["key"], "--given", "No", "--family", "Body").stdout


def test_feeds(crossflag, unique):
    crossflag.send("police", repeat_missing(unique), info=True)
    assert "police" in run_cli(crossflag, "auditor", "feed", "list").stdout
    before = json.loads(run_cli(crossflag, "police-feed", "feed", "status", "police", "--json").stdout)
    run_cli(crossflag, "police-feed", "feed", "withdraw", "police", f"{unique}-1")
    after = json.loads(run_cli(crossflag, "police-feed", "feed", "status", "police", "--json").stdout)
    assert (after["records"], after["withdrawn"]) == (before["records"] - 1, before["withdrawn"] + 1)
    assert run_cli(crossflag, "police-feed", "feed", "withdraw", "police", f"{unique}-1", check=False).returncode != 0


COMMANDS = ("send", "check", "search", "show", "flags", "alerts", "subscribe", "principal", "feed", "refold")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command(command):
    done = plain(command, "--help")
    assert done.returncode == 0 and done.stdout.startswith(f"Usage: crossflag {command}") and "--json" in done.stdout and not done.stderr
    assert command in plain("--help").stdout


@pytest.mark.parametrize("arguments,words", [
    (("sned",), ("sned",)),
    (("send", "--feed"), ("--feed", "value")),
    (("send", "--feeed", "police", "x"), ("--feeed",)),
    (("send", "x.ndjson"), ("--feed",)),
    (("send", "--feed", "police", "--patience", "lots", "x"), ("--patience", "whole number")),
    (("refold",), ("--database",)),
    (("search", "--demo", "/nonexistent/demo.json", "--as", "officer", "x"), ("/nonexistent/demo.json",)),
    ((), ("a command is missing", "--help")),
], ids=lambda value: "-".join(value) or "nothing")
def test_usage_errors_are_readable(arguments, words):
    done = plain(*arguments)
    assert done.returncode == 2
    for word in words:
        assert word in done.stderr, done.stderr


def test_errors_are_readable(crossflag, tmp_path):
    absent = run_cli(crossflag, "police-feed", "send", "--feed", "police", str(tmp_path / "absent.ndjson"), check=False)
    assert absent.returncode == 2 and "absent.ndjson" in absent.stderr and "No such file" in absent.stderr
    purpose = run_cli(crossflag, "officer", "search", "Nobody", check=False)
    assert purpose.returncode != 0 and "urpose" in purpose.stderr
    role = run_cli(crossflag, "police-feed", "principal", "list", check=False)
    assert role.returncode != 0 and "role" in role.stderr
    nobody = plain("flags", "--url", f"https://127.0.0.1:{free_port()}", "--ca", crossflag.demo["ca"], CROSSFLAG_TOKEN="cf_x_y")
    assert nobody.returncode != 0 and "127.0.0.1" in nobody.stderr
    stranger = plain("flags", "--url", crossflag.url, "--ca", "/etc/ssl/certs/ca-certificates.crt", CROSSFLAG_TOKEN="cf_x_y")
    assert stranger.returncode != 0 and "ertificate" in stranger.stderr
    unknown = run_cli(crossflag, "nobody", "flags", check=False)
    assert unknown.returncode == 2 and "nobody" in unknown.stderr
    for done in (absent, purpose, role, nobody, stranger, unknown):
        assert done.stderr.startswith("crossflag") and "Sanitizer" not in done.stderr


# The quick start

def test_quickstart_three_times():
    """--once with the samples: every default rule raises its flag, corrections withdraw, a real subscriber verifies an alert, and nothing is left running."""
    directory = new_directory()
    try:
        started = time.monotonic()
        shown = quickstart(directory, "--once")
        assert time.monotonic() - started < 120
        for rule, type in RULES.items():
            assert type in shown or rule in shown, f"{rule} is not shown"
        assert "signature verified" in shown and "signature refused" not in shown
        assert int(re.search(r"Alerts: (\d+) received", shown)[1]) >= 3
        for feed in ("police", "social-care", "education", "housing", "licensing", "health"):
            assert re.search(rf"^\s*{feed}: .* accepted", shown, re.M), feed
        assert not re.search(r"[1-9]\d* rejected", shown)
        assert "withdrawn" in shown, "the correction's effect is shown"
        assert not (directory / "crossflagd.pid").exists() and not (directory / "subscriber.pid").exists()
        demo = json.loads((directory / "demo.json").read_text())
        assert {"police-feed", "officer", "reviewer", "auditor", "admin", "hub-subscriber"} <= set(demo["principals"]) and demo["subscriptions"]
        with pytest.raises(OSError):
            Client(demo["url"], demo["ca"], timeout=3).get("/livez")

        # Again, on what it left: the daemon comes back with all of it, and stays.
        port = int(demo["url"].rpartition(":")[2])
        again = quickstart(directory, port=port)
        assert "Ready" in again
        pid = int((directory / "crossflagd.pid").read_text())
        assert alive(pid)
        daemon = Daemon(directory, demo["url"])
        assert json.loads((directory / "demo.json").read_text())["principals"] == demo["principals"], "tokens that exist are kept"
        flags = [json.loads(run_cli(daemon, name, "flags", *CASE, "--json", "--limit", "200").stdout)["items"] for name in ("reviewer", "social-worker")]
        assert {flag["rule"]["id"] for flag in sum(flags, []) if "rule" in flag} == set(RULES)
        assert "withdrawn" in {flag["status"] for flag in sum(flags, [])}

        # And a third time, while it runs.
        third = quickstart(directory, port=port)
        assert "using it" in third and int((directory / "crossflagd.pid").read_text()) == pid and alive(pid)
    finally:
        stop(directory)
