#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the demonstration's principals: tokens into DIR/demo.json (for callers), their digests into DIR/principals.json (for the daemon).
Called by config/quickstart. Tokens that exist are kept, so that it can be run again."""

import hashlib
import json
import pathlib
import secrets
import sys

FEEDS = ["police", "social-care", "education", "housing", "licensing", "health"]
PRINCIPALS = {f"{feed}-feed": (feed, [f"feed:{feed}"]) for feed in FEEDS} | {
    "officer": ("police", ["officer", "check"]),
    "reviewer": ("police", ["reviewer"]),
    "auditor": ("hub", ["auditor"]),
    "admin": ("hub", ["admin"]),
    "check": ("education", ["check"]),
    "social-worker": ("social-care", ["officer", "reviewer", "check"]),
    "police-subscriber": ("police", ["subscriber"]),
    "social-care-subscriber": ("social-care", ["subscriber"]),
    "hub-subscriber": ("hub", ["subscriber"]),
    "education-subscriber": ("education", ["subscriber"]),
    "licensing-subscriber": ("licensing", ["subscriber"]),
}


def load(path, otherwise):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return otherwise


def save(path, value):
    beside = path.with_suffix(".new")
    beside.touch(mode=0o600)
    beside.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    beside.rename(path)


def enrol(directory, url):
    """One row a principal in both files; returns the names."""
    demo = load(directory / "demo.json", {})
    known = demo.get("principals", {})
    tls = directory / "tls"
    principals, digests = {}, []
    for name, (agency, roles) in PRINCIPALS.items():
        token = known.get(name, {}).get("token") or f"cf_{name}_{secrets.token_hex(24)}"
        principals[name] = {"agency": agency, "roles": roles, "token": token,
                            "cert": str(tls / f"{name}.pem"), "key": str(tls / f"{name}.key")}
        digests.append({"id": name, "agency": agency, "roles": roles, "token_sha256": hashlib.sha256(token.encode()).hexdigest(),
                        "sans": [f"URI:urn:crossflag:demo:{name}"]})
    save(directory / "principals.json", digests)
    save(directory / "demo.json", {"url": url, "ca": str(tls / "ca.pem"), "principals": principals,
                                   "subscriptions": demo.get("subscriptions", [])})


def subscribe(directory, subscription):
    """Notes a subscription (JSON text as the API answered it) in demo.json; its secret stays out."""
    path = directory / "demo.json"
    demo = load(path, {})
    answer = json.loads(subscription)
    kept = {member: answer[member] for member in ("id", "way", "agency", "principal", "url", "filter") if answer.get(member)}
    demo["subscriptions"] = [other for other in demo["subscriptions"] if other["id"] != kept["id"]] + [kept]
    save(path, demo)
    print(answer.get("secret") or "")


if __name__ == "__main__":
    if sys.argv[1] == "names":
        print("\n".join(PRINCIPALS))
    elif sys.argv[1] == "principals":
        enrol(pathlib.Path(sys.argv[2]), sys.argv[3])
    elif sys.argv[1] == "subscription":
        subscribe(pathlib.Path(sys.argv[2]), sys.argv[3])
