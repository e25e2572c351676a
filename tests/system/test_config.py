# SPDX-License-Identifier: Apache-2.0
"""Configuration: what is wrong is named with file, line and reason, at the start and at SIGHUP, and the old word stays in force."""

import json
import os
import shutil
import ssl
import subprocess

import pytest

from conftest import BUILD, Client, PURPOSE, ROOT, free_port, wait_for
from world import Load, World, check_load, flags, give, read_conf, repeat_missing

DEMO = ROOT / "config"


def run_daemon(conf, *arguments):
    return subprocess.run([str(BUILD / "crossflagd"), "--config", str(conf), *arguments], capture_output=True, text=True, timeout=20)


@pytest.fixture
def faulty(crossflag, unique):
    """A place for configuration files that the daemon's account can read, and a copy of the demonstration's keys."""
    directory = crossflag.directory / unique
    directory.mkdir(mode=0o711)
    keys = read_conf(crossflag.directory / "crossflagd.conf")
    keys.update(data_dir=str(directory / "data"), listen=f"127.0.0.1:{free_port()}")

    def write(keys, more=""):
        conf = directory / "crossflagd.conf"
        conf.write_text("# A comment.\n" + "".join(f"{key} = {value}\n" for key, value in keys.items()) + more)
        conf.chmod(0o600)
        give(conf)
        return conf

    return directory, keys, write


def expect_refusal(conf, *words):
    checked = run_daemon(conf, "--check")
    assert checked.returncode == 2, checked.stderr or "it is taken for good"
    done = run_daemon(conf)
    assert (done.returncode, done.stderr) == (2, checked.stderr), "the start refuses what the check refuses"
    assert done.stderr.startswith("crossflagd: ") and done.stderr.count("\n") == 1, done.stderr
    for word in words:
        assert word in done.stderr, (word, done.stderr)


def test_a_good_configuration_passes_the_check(faulty):
    _, keys, write = faulty
    done = run_daemon(write(keys), "--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("line,reason", [
    ("colour = red", "colour"),
    ("listen = somewhere", "listen"),
    ("max_body_bytes = many", "max_body_bytes"),
    ("max_body_bytes = 1", "max_body_bytes"),
    ("allow_networks = 10.0.0.0/99", "allow_networks"),
    ("log_level = loud", "log_level"),
    ("public_url = http://plain.example", "public_url"),
    ("no equals sign", ""),
], ids=lambda value: value.split(" ")[0])
def test_a_bad_line_is_named(faulty, line, reason):
    _, keys, write = faulty
    keys.pop(line.split(" ")[0], None)
    expect_refusal(write(keys, line + "\n"), f"crossflagd.conf:{len(keys) + 2}: ", reason)


def test_sections_are_refused(faulty):
    _, keys, write = faulty
    expect_refusal(write(keys, "[section]\nmax_connections = 7\n"), f"crossflagd.conf:{len(keys) + 3}: ", "[sections]")


def test_a_key_twice_is_refused(faulty):
    _, keys, write = faulty
    expect_refusal(write(keys, f"listen = {keys['listen']}\n"), f"crossflagd.conf:{len(keys) + 2}: ", "listen")


def test_files_that_are_not_there(faulty):
    directory, keys, write = faulty
    expect_refusal(directory / "none.conf", "none.conf")
    for key in ("partners", "vocabulary", "model", "rules", "disclosure", "principals"):
        expect_refusal(write({**keys, key: str(directory / "absent")}), "absent")


def test_certificates_and_keys(faulty):
    directory, keys, write = faulty
    key = directory / "server.key"
    key.write_bytes((directory.parent / "tls" / "server.key").read_bytes())
    key.chmod(0o644)
    give(key)
    assert run_daemon(write({**keys, "tls_key": str(key)})).returncode != 0, "a key that everybody may read"
    key.chmod(0o600)
    key.write_bytes((directory.parent / "tls" / "check.key").read_bytes())
    done = run_daemon(write({**keys, "tls_key": str(key)}))
    assert done.returncode != 0 and "server.key" in done.stderr, "a key that is not the certificate's"
    assert "PRIVATE" not in done.stderr


def test_broken_files_are_named_with_their_line(faulty):
    directory, keys, write = faulty

    def broken(key, source, change, line, *words):
        path = directory / f"{key}.json"
        text = source.read_text()
        path.write_text(change(text))
        assert path.read_text() != text
        path.chmod(0o644)
        give(path)
        expect_refusal(write({**keys, key: str(path)}), f"{key}.json" + (f":{line}" if line else ""), *words)

    cut = len((DEMO / "demo" / "partners.json").read_text().splitlines())
    broken("partners", DEMO / "demo" / "partners.json", lambda text: text.rstrip().rstrip("}"), cut)
    broken("partners", DEMO / "demo" / "partners.json", lambda text: text.replace('"kind": "police"', '"kind": "polise"'), None, "kind")
    broken("partners", DEMO / "demo" / "partners.json", lambda text: text.replace('"agency": "police"', '"agency": "nobody"'), None)
    broken("model", DEMO / "models" / "uk.json", lambda text: text.replace("{", "{,", 1), 1)
    broken("model", DEMO / "models" / "uk.json", lambda text: text.replace('"', '"x', 1), None)
    broken("vocabulary", DEMO / "vocabulary.json", lambda text: text.replace("[", "[7, ", 1), None)
    broken("disclosure", DEMO / "disclosure.json", lambda text: text.replace('"summary"', '"everything"', 1), None, "social_care")
    principals = directory.parent / "principals.json"
    broken("principals", principals, lambda text: text.replace('"token_sha256": "', '"token_sha256": "zz', 1), None)
    broken("principals", principals, lambda text: text[:-3], len(principals.read_text().splitlines()) - 1)


def test_a_principal_of_no_agency_is_refused(faulty):
    directory, keys, write = faulty
    path = directory / "principals.json"
    path.write_text((directory.parent / "principals.json").read_text().replace('"agency": "hub"', '"agency": "nobody"', 1))
    give(path)
    expect_refusal(write({**keys, "principals": str(path)}), "principals.json", "nobody")


def rules_in(directory):
    rules = directory / "rules"
    shutil.copytree(DEMO / "rules", rules)
    rules.chmod(0o755)
    return rules


def change_rule(rules, name, change):
    path = rules / f"{name}.json"
    path.write_text(change(path.read_text()))
    path.chmod(0o644)


@pytest.mark.parametrize("change,line,word", [
    (lambda text: text.replace('"weight"', '"wait"', 1), None, "wait"),
    (lambda text: text.replace('"window_days": 90', '"window_days": "long"', 1), None, "window_days"),
    (lambda text: text.replace(",", ",,", 1), 2, ""),
    (lambda text: text.replace('"subject": "person"', '"subject": "planet"', 1), None, "subject"),
], ids=["unknown-member", "wrong-type", "not-json", "unknown-word"])
def test_a_broken_rule_is_named(faulty, change, line, word):
    directory, keys, write = faulty
    rules = rules_in(directory)
    change_rule(rules, "repeat_missing", change)
    expect_refusal(write({**keys, "rules": str(rules)}), "repeat_missing.json" + (f":{line}" if line else ""), word)


def test_the_help_is_a_configuration(tmp_path):
    done = subprocess.run([str(BUILD / "crossflagd"), "--help-config"], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == (ROOT / "config" / "crossflagd.conf").read_text(), "config/crossflagd.conf is what --help-config prints"
    for wrong in ([], ["--config"], ["--nonsense"]):
        assert subprocess.run([str(BUILD / "crossflagd"), *wrong], capture_output=True, timeout=30).returncode == 2


@pytest.fixture(scope="module")
def reloading():
    """A daemon with rules of its own."""
    world = World()
    rules = rules_in(world.directory)
    world.daemon.stop()
    world.daemon.change(rules=str(rules))
    world.daemon.start("writer")
    yield world, rules
    world.close()


def rules_found(daemon, records):
    return {flag["rule"]["id"] for flag in daemon.send("police", records, info=True)["items"][-1]["flags"] if "rule" in flag}


def test_a_broken_rule_at_sighup_is_refused_and_the_old_one_stays(reloading, unique):
    world, rules = reloading
    daemon = world.daemon
    good = (rules / "repeat_missing.json").read_text()
    head = daemon.readyz()[1]["head"]
    change_rule(rules, "repeat_missing", lambda text: text.replace('"weight"', '"wait"', 1))
    (refused,) = daemon.reload("reload.refused")
    assert "repeat_missing.json" in refused["reason"] and "wait" in refused["reason"]
    assert daemon.readyz()[1]["head"] == head, "nothing entered the journal"
    daemon.send("police", repeat_missing(unique), info=True)
    assert [flag for flag in flags(daemon, "social-worker", "&type=repeat_missing") if flag["status"] == "proposed"]
    change_rule(rules, "repeat_missing", lambda text: good)
    daemon.reload()


def test_a_changed_rule_takes_effect_at_sighup(reloading, unique):
    world, rules = reloading
    daemon = world.daemon
    good = (rules / "repeat_missing.json").read_text()
    daemon.send("police", repeat_missing(f"{unique}a", count=2), info=True)
    before = {flag["id"] for flag in flags(daemon, "social-worker", "&type=repeat_missing")}
    rule = json.loads(good)
    assert rule["patterns"][0]["at_least"] == 3
    position = daemon.readyz()[1]["position"]
    eased = {**rule, "version": rule["version"] + 1, "patterns": [{**rule["patterns"][0], "at_least": 2}, *rule["patterns"][1:]], "levels": {"medium": 2}}
    change_rule(rules, "repeat_missing", lambda text: json.dumps(eased))
    daemon.reload()
    wait_for(lambda: daemon.readyz()[1]["position"] > position, "the new rules in the journal")

    def new():
        return [flag for flag in flags(daemon, "social-worker", "&type=repeat_missing") if flag["id"] not in before]

    assert len(wait_for(new, "what was on record is judged by the new rule")) == 1
    change_rule(rules, "repeat_missing", lambda text: json.dumps({**rule, "version": rule["version"] + 2}))
    daemon.reload()
    wait_for(lambda: [flag for flag in new() if flag["status"] == "withdrawn"], "the strict rule in force again")


def test_principals_and_log_level_are_reread(reloading, unique):
    world, _ = reloading
    daemon = world.daemon
    path = world.directory / "principals.json"
    listed = json.loads(path.read_text())
    for principal in listed:
        if principal["id"] == "check":
            principal["roles"] = ["subscriber"]
    question = {"persons": [{"names": [{"given": "No", "family": "Body"}]}]}
    assert daemon.client("check").post("/v1/check", question).status == 200
    path.write_text(json.dumps(listed))
    daemon.change(log_level="debug")
    daemon.reload()
    wait_for(lambda: daemon.client("check").post("/v1/check", question).status == 403, "the new roles")
    since = daemon.mark()
    assert daemon.client().get("/livez").status == 200
    assert [line for line in wait_for(lambda: daemon.logged("request", since), "requests at debug") if line["route"] == "/livez"]
    daemon.change(log_level="info", listen="127.0.0.1:1")
    needs = daemon.reload("conf.needs_restart")
    assert "listen" in [line["key"] for line in needs] and daemon.client().get("/livez").status == 200
    daemon.configure({**daemon.keys, "listen": world.shipped["listen"]})


def test_a_reload_brings_no_old_token_back(reloading):
    """What was changed over the API outlives a reread of the file, unless the file's own row has changed."""
    world, _ = reloading
    daemon = world.daemon
    old = daemon.client("auditor")
    assert old.get("/v1/feeds").status == 200
    replaced = daemon.client("admin").post("/v1/principals", {"id": "auditor", "agency": "hub", "roles": ["auditor"], "replace": True})
    assert replaced.status == 201, replaced.body
    path = world.directory / "principals.json"
    listed = json.loads(path.read_text())
    for principal in listed:
        if principal["id"] == "health-feed":
            principal["roles"] = ["feed:health", "check"]
    path.write_text(json.dumps(listed))
    question = {"persons": [{"names": [{"given": "No", "family": "Body"}]}]}
    daemon.reload()
    wait_for(lambda: daemon.client("health-feed").post("/v1/check", question).status == 200, "the row that the file changed")
    assert old.get("/v1/feeds").status == 401, "the token that was replaced"
    assert Client(daemon.url, daemon.demo["ca"], token=replaced.json["token"]).get("/v1/feeds").status == 200


def served_certificate(daemon):
    url = daemon.client().url
    return ssl.get_server_certificate((url.hostname, url.port), timeout=10)


def test_certificates_are_reread(reloading):
    world, _ = reloading
    daemon, tls = world.daemon, world.directory / "tls"
    before, kept = served_certificate(daemon), {name: (tls / name).read_bytes() for name in ("server.pem", "server.key")}
    assert before.split() == kept["server.pem"].decode().split()
    # A broken one is refused, and the old one goes on.
    (tls / "server.pem").write_text("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
    (refused,) = daemon.reload("reload.refused")
    assert "server.pem" in refused["reason"] and served_certificate(daemon) == before
    # The subscriber's certificate is one of the same authority for the same name.
    for name in kept:
        (tls / name).write_bytes((tls / name.replace("server", "subscriber")).read_bytes())
    daemon.reload()
    after = wait_for(lambda: (lambda seen: seen if seen != before else None)(served_certificate(daemon)), "the new certificate")
    assert after.split() == (tls / "subscriber.pem").read_text().split()
    for name, content in kept.items():
        (tls / name).write_bytes(content)
    daemon.reload()
    wait_for(lambda: served_certificate(daemon) == before, "the old certificate")


def test_a_bad_conf_at_sighup_changes_nothing(reloading):
    world, _ = reloading
    daemon = world.daemon
    keys = dict(daemon.keys)
    daemon.change(purposes="nothing-of-the-kind", colour="red")
    (refused,) = daemon.reload("reload.refused")
    assert "first.conf:" in refused["reason"] and "colour" in refused["reason"]
    assert daemon.client("officer").post("/v1/search", {"family": "Nobody"}, headers=PURPOSE).status == 200, "the old purposes stand"
    daemon.configure(keys)
    daemon.reload()


@pytest.fixture
def small_disk():
    """A world whose database lies on a disk of its own, with room for little more than itself."""
    if os.geteuid() != 0:
        pytest.skip("a small file system needs root")
    world = World(commit_timeout_ms=2000)
    world.daemon.stop()
    disk, data = world.directory / "disk", world.directory / "data"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m,mode=0711", "tmpfs", str(disk)], capture_output=True, text=True)
    if mounted.returncode != 0:
        world.close()
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    try:
        shutil.copytree(data, disk / "data", symlinks=True, ignore=shutil.ignore_patterns(".s.*"))
        subprocess.run(["chown", "-R", "--reference", str(data), str(disk / "data")], check=True)
        (disk / "data").chmod(0o700)
        shutil.rmtree(data)
        data.symlink_to(disk / "data")
        world.daemon.start("writer")
        yield world, disk
    finally:
        world.close(keep=True)
        subprocess.run(["umount", "-l", str(disk)], check=True)
        shutil.rmtree(world.directory, ignore_errors=True)


def test_no_room_on_the_disk(small_disk, unique):
    """What cannot be made durable is not acknowledged; once there is room again all goes on, and what was acknowledged is there."""
    world, disk = small_disk
    daemon = world.daemon
    load = Load([daemon], unique)
    load.start()
    load.wait_for(60)
    filler = disk / "filler"
    with open(filler, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 65536)
        except OSError:
            pass
    # Until the journal's preallocated room is used up commits still go through; a large record uses it up.
    text = os.urandom(400_000).hex()
    large = [{"id": f"{unique}large{number}", "kind": "other", "occurred_at": "2026-11-20T10:00:00Z", "summary": text[number:number + 1900]} for number in range(200)]
    body = "".join(json.dumps(record) + "\n" for record in large)

    def refused():
        try:
            number = refused.round = getattr(refused, "round", 0) + 1
            answer = daemon.client("police-feed", timeout=15).post("/v1/feeds/police/records", body.replace(f"{unique}large", f"{unique}large{number}x"), type="application/x-ndjson")
            assert answer.status in (200, 503), answer.body
            return answer.status == 503
        except TimeoutError:
            return False

    wait_for(refused, "a refusal", 90)
    assert daemon.client().get("/livez").status == 200
    filler.unlink()
    wait_for(lambda: daemon.readyz("writer")[0] == 200, "writing again", 60)
    load.wait_for(len(load.acknowledged) + 20)
    load.finish()
    check_load(world, daemon, load)
