# SPDX-License-Identifier: Apache-2.0
"""The state is a fold of the journal: folded live, over restarts and crashes, it is what `crossflag refold` makes of the journal from nothing."""

import pytest

from conftest import PURPOSE, instant, run_cli, wait_for
from world import Load, World, adult, all_events, assessment, check_load, child, flags, met, premises, repeat_missing

SUBSCRIBERS = {"police-webhook": "police-subscriber", "social-care-alerts": "social-care-subscriber", "hub-alerts": "hub-subscriber",
               "education-alerts": "education-subscriber", "licensing-alerts": "licensing-subscriber"}


@pytest.fixture
def world():
    made = World()
    yield made
    made.close()


def live_a_little(daemon, unique):
    """Records, corrections, withdrawals, decisions on mentions, steps on flags, subscriptions and principals: every kind of entry."""
    reviewer = daemon.client("reviewer")
    daemon.send("social-care", [assessment(f"{unique}-risk", child(unique)), assessment(f"{unique}-risk2", child(f"{unique}n2"), level="medium")])
    daemon.send("police", repeat_missing(unique) + [met(unique, number) for number in (1, 2, 3)])
    daemon.send("education", [{"id": f"{unique}-absent", "kind": "absence", "occurred_at": instant(hours=2), "details": {"reason": "unexplained"},
                               "persons": [child(unique, role="pupil")]}])
    daemon.send("housing", [{"id": f"{unique}-tenancy", "kind": "tenancy", "occurred_at": instant(days=90), "persons": [adult(unique, ref="p1", role="tenant")],
                             "locations": [{**premises(f"{unique}home"), "role": "home", "type": "dwelling"}], "links": [{"from": "p1", "to": "l1", "type": "tenant_of"}]}])
    result = daemon.send("police", [{**met(unique, 4), "summary": "first"}], info=True)["items"][0]
    assert len(result["flags"]) >= 2
    # Corrections and withdrawals take ground away, and give it back.
    daemon.send("police", [met(unique, 3, place=premises(f"{unique}elsewhere")), {**met(unique, 4), "summary": "second"}])
    feed = daemon.client("police-feed")
    assert feed.request("DELETE", f"/v1/feeds/police/records/{unique}-0").status == 200
    assert feed.request("DELETE", f"/v1/feeds/police/records/{unique}-met2").status == 200
    assert feed.request("PUT", f"/v1/feeds/police/records/{unique}-met2", met(unique, 2)).status == 200
    # People's decisions.
    pair = {"a": {"feed": "police", "id": f"{unique}-met1", "ref": "p2"}, "b": {"feed": "police", "id": f"{unique}-met4", "ref": "p2"}}
    for decision in ("not_same", "same", "none"):
        assert reviewer.post("/v1/decisions", {"decision": decision, "rationale": f"Looked at it: {decision}.", **pair}, headers=PURPOSE).status in (200, 201)
    proposed = [flag for flag in flags(daemon) if flag["status"] == "proposed" and flag["type"] in ("possible_perpetrator", "location_of_concern")]
    for flag, step in zip(proposed, ("confirm", "dismiss")):
        assert reviewer.post(f"/v1/flags/{flag['id']}/{step}", {"rationale": f"Decided to {step}."}, headers=PURPOSE).status == 200
    assert len(proposed) >= 2
    subscription = daemon.client("hub-subscriber").post("/v1/subscriptions", {"id": unique.lower(), "filter": {"levels": ["high"]}})
    assert subscription.status == 201, subscription.body
    run_cli(daemon, "admin", "principal", "add", f"extra-{unique}", "--agency", "health", "--role", "check")
    run_cli(daemon, "admin", "principal", "revoke", f"extra-{unique}")
    daemon.send("police", [met(unique, 5)], info=True)


def state(daemon):
    """What the world outside can see of it."""
    officer = daemon.client("officer")
    seen = {"flags": {name: sorted(flags(daemon, name), key=lambda flag: flag["id"]) for name in ("reviewer", "social-worker")},
            "events": {subscription: all_events(daemon, subscription, name) for subscription, name in SUBSCRIBERS.items()},
            "subscriptions": daemon.client("hub-subscriber").get("/v1/subscriptions").json["items"]}
    flagged = {flag["subject"]["entity"] for flag in seen["flags"]["reviewer"] if flag["subject"].get("entity")}
    seen["entities"] = {entity: officer.get(f"/v1/entities/{entity}", headers=PURPOSE).json for entity in sorted(flagged)}
    return seen


def equal_to_refold(world):
    """The newest stored snapshot is, byte for byte, what the journal gives from scratch."""
    answer, code = world.refold("--verify")
    assert code == 0 and answer["snapshot"]["equal"], answer
    return answer


def test_refold_is_byte_equal_and_a_restart_changes_nothing(world, unique):
    daemon = world.daemon
    live_a_little(daemon, unique)
    before = state(daemon)
    assert len(before["flags"]["reviewer"]) >= 4 and before["entities"] and all(before["events"][name] for name in ("hub-alerts", "social-care-alerts", "police-webhook"))
    daemon.stop()
    daemon.start("writer")
    assert daemon.logged("snapshot.loaded"), "it began from the projections"
    assert state(daemon) == before
    first = equal_to_refold(world)
    assert first["snapshot"]["position"] == first["position"] or first["position"] > first["snapshot"]["position"] > 0
    # The fold goes on from what was loaded just as if it had never stopped.
    live_a_little(daemon, f"{unique}again")
    before = state(daemon)
    daemon.stop()
    daemon.start("writer")
    assert state(daemon) == before
    second = equal_to_refold(world)
    assert second["snapshot"]["position"] > first["snapshot"]["position"]
    world.journal_is_gapless()


def test_refold_twice_is_the_same(world, unique):
    world.daemon.send("police", repeat_missing(unique) + [met(unique, 1), met(unique, 2)])
    assert world.refold()[0]["sha256"] == world.refold()[0]["sha256"]


def test_killed_under_load_nothing_is_lost_or_doubled(world, unique):
    daemon = world.daemon
    load = Load([daemon], unique)
    load.start()
    load.wait_for(300)
    daemon.kill()
    daemon.start("writer")
    load.wait_for(len(load.acknowledged) + 200)
    daemon.kill()
    daemon.start("writer")
    load.wait_for(len(load.acknowledged) + 100)
    load.finish()
    check_load(world, daemon, load)
    daemon.stop()
    daemon.start("writer")
    equal_to_refold(world)


def test_alerts_keep_their_ids_and_numbers_over_a_crash(world, unique):
    daemon = world.daemon
    live_a_little(daemon, unique)
    before = state(daemon)
    daemon.kill()
    daemon.start("writer")
    after = state(daemon)
    assert after["events"] == before["events"], "the same alerts with the same ids, numbers and words"
    assert after == before
    # Killed right after the answer, before anything behind the fold was written.
    last = len(before["events"]["hub-alerts"])
    daemon.send("police", repeat_missing(f"{unique}late"), info=True)
    told = all_events(daemon, "hub-alerts", "hub-subscriber")
    daemon.kill()
    daemon.start("writer")
    assert len(told) > last and all_events(daemon, "hub-alerts", "hub-subscriber") == told


def test_projections_can_be_thrown_away(world, unique):
    daemon = world.daemon
    live_a_little(daemon, unique)
    before = state(daemon)
    daemon.stop()
    daemon.start("writer")
    rows = "select (select count(*) from entity), (select count(*) from mention), (select count(*) from flag)"
    counted = world.sql(rows)
    daemon.kill()
    world.sql("truncate snapshot, snapshot_part, entity, mention, link, flag; update projected set position = 0")
    daemon.start("writer")
    assert not daemon.logged("snapshot.loaded", daemon.start_mark), "folded from the journal's beginning"
    assert {**state(daemon), "events": None} == {**before, "events": None}
    wait_for(lambda: world.sql(rows) == counted, "the projections written again")
