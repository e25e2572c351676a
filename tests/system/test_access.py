# SPDX-License-Identifier: Apache-2.0
"""Who may call: nothing is open by default."""

import datetime
import json
import socket
import ssl
import subprocess

import pytest

from conftest import PURPOSE, Client, run_cli

CLOSED = [("GET", "/v1/flags"), ("POST", "/v1/check"), ("POST", "/v1/search"), ("GET", "/v1/entities/per-1-1"), ("POST", "/v1/feeds/police/records"),
          ("GET", "/v1/principals"), ("GET", "/v1/subscriptions"), ("GET", "/metrics"), ("GET", "/v1/nothing-of-the-kind")]


@pytest.mark.parametrize("method,path", CLOSED)
def test_without_credentials_nothing_answers(crossflag, method, path):
    for client in (crossflag.client(), Client(crossflag.url, crossflag.demo["ca"], token="cf_officer_00000000"), Client(crossflag.url, crossflag.demo["ca"], token="nonsense")):
        answer = client.request(method, path, body={} if method == "POST" else None)
        assert answer.status == 401
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert "Bearer" in answer.headers["WWW-Authenticate"]
        assert answer.headers["X-Request-Id"]


def test_roles(crossflag):
    feed = crossflag.client("police-feed")
    assert feed.post("/v1/feeds/housing/records", "{}\n", type="application/x-ndjson").status == 403
    assert feed.get("/v1/flags").status == 403
    assert feed.get("/v1/principals").status == 403
    assert crossflag.client("officer").post("/v1/feeds/police/records", "{}\n", type="application/x-ndjson", headers=PURPOSE).status == 403


def test_officers_name_their_purpose(crossflag):
    officer = crossflag.client("officer")
    question = {"kind": "person", "family": "Nobody"}
    assert officer.post("/v1/search", question).status == 428
    assert officer.post("/v1/search", question, headers={"Crossflag-Purpose": "curiosity CASE-1"}).status == 428
    assert officer.post("/v1/search", question, headers={"Crossflag-Purpose": "investigation"}).status == 428
    assert officer.post("/v1/search", question, headers=PURPOSE).status == 200


def test_certificates_are_principals_by_their_san(crossflag):
    assert crossflag.by_certificate("check").post("/v1/check", {"persons": [{"names": [{"given": "No", "family": "Body"}]}]}).status == 200
    assert crossflag.by_certificate("check").get("/v1/principals").status == 403


def certificate(crossflag, tmp_path, name, san, days, authority=True):
    """A client certificate of the demonstration's authority, or a self-signed one."""
    key, request, cert, more = (tmp_path / f"{name}.{end}" for end in ("key", "csr", "pem", "cnf"))
    more.write_text(f"subjectAltName={san}\nextendedKeyUsage=clientAuth\n")
    subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request],
                   check=True, capture_output=True)
    tls = crossflag.directory / "tls"
    sign = ["-CA", tls / "ca.pem", "-CAkey", tls / "ca.key"] if authority else ["-signkey", key]
    subprocess.run(["openssl", "x509", "-req", "-in", request, *sign, "-days", str(days), "-extfile", more, "-out", cert], check=True, capture_output=True)
    return str(cert), str(key)


def test_bad_certificates_are_refused(crossflag, tmp_path):
    known = "URI:urn:crossflag:demo:check"
    for name, days, authority in (("expired", -1, True), ("foreign", 10, False)):
        cert, key = certificate(crossflag, tmp_path, name, known, days, authority)
        with pytest.raises((ssl.SSLError, ConnectionError)):
            Client(crossflag.url, crossflag.demo["ca"], cert=cert, key=key).get("/v1/flags")
    cert, key = certificate(crossflag, tmp_path, "check", "URI:urn:crossflag:demo:unknown", 10)
    assert Client(crossflag.url, crossflag.demo["ca"], cert=cert, key=key).get("/v1/flags").status == 401, "the CN never counts"


def test_old_tls_is_refused(crossflag):
    context = ssl.create_default_context(cafile=crossflag.demo["ca"])
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    url = Client(crossflag.url, crossflag.demo["ca"]).url
    with socket.create_connection((url.hostname, url.port), timeout=10) as plain, pytest.raises((ssl.SSLError, ConnectionError)):
        context.wrap_socket(plain, server_hostname=url.hostname)


def test_plain_http_is_not_served(crossflag):
    url = Client(crossflag.url, crossflag.demo["ca"]).url
    with socket.create_connection((url.hostname, url.port), timeout=10) as plain:
        plain.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        try:
            assert b"200" not in plain.recv(4096)
        except ConnectionError:
            pass


def test_principals_are_made_and_revoked(crossflag, unique):
    made = json.loads(run_cli(crossflag, "admin", "principal", "add", unique, "--agency", "health", "--role", "check", "--json").stdout)
    client = Client(crossflag.url, crossflag.demo["ca"], token=made["token"])
    question = {"persons": [{"names": [{"given": "No", "family": "Body"}]}]}
    assert client.post("/v1/check", question).status == 200
    listed = crossflag.client("admin").get("/v1/principals")
    assert made["token"] not in listed.body.decode() and unique in listed.body.decode()
    run_cli(crossflag, "admin", "principal", "revoke", unique)
    assert client.post("/v1/check", question).status == 401


def test_no_secret_or_name_in_the_log(crossflag, unique):
    crossflag.send("police", [{"id": unique, "kind": "incident", "occurred_at": datetime.datetime.now(datetime.timezone.utc).isoformat(),
                               "persons": [{"ref": "p1", "names": [{"given": "Zebedee", "family": "Quillfeather"}]}]}])
    crossflag.client("officer").post("/v1/search", {"family": "Quillfeather"}, headers=PURPOSE)
    log = (crossflag.directory / "crossflagd.log").read_text(errors="replace")
    assert "Quillfeather" not in log and "quillfeather" not in log
    for principal in crossflag.demo["principals"].values():
        assert principal["token"] not in log
