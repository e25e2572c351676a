# SPDX-License-Identifier: Apache-2.0
"""`crossflag refold` where the daemon keeps its own PostgreSQL: with the daemon running, after its end and after its death, as an operator calls it."""

import json
import os
import signal
import subprocess

import pytest

from conftest import BUILD, alive, wait_for
from world import ACCOUNT, World, repeat_missing


@pytest.fixture(scope="module")
def world():
    world = World()
    yield world
    world.close()


@pytest.fixture(autouse=True)
def running(world):
    """Every test begins with a daemon that runs."""
    if world.daemon.process.poll() is not None:
        world.daemon.start("writer")


def command(*arguments):
    return [str(BUILD / "crossflag"), "refold", *arguments]


def refold(*arguments, cwd="/"):
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=120, cwd=cwd)


def data(world):
    return str(world.directory / "data")


def test_after_a_clean_end_one_command_verifies(world, unique):
    world.daemon.send("police", repeat_missing(unique))
    world.daemon.stop()
    assert world.postmaster() is None
    done = refold("--data-dir", data(world), "--verify")
    assert done.returncode == 0 and ", equal" in done.stdout and not done.stderr, done.stdout + done.stderr
    assert world.postmaster() is None, "what it started it stopped"
    world.daemon.start("writer")
    assert world.daemon.logged("postgres.started", world.daemon.start_mark), "the next daemon finds everything as it was left"


def test_a_running_daemon_is_not_disturbed(world, unique):
    world.daemon.send("police", repeat_missing(unique))
    server = world.postmaster()
    done = refold("--config", str(world.daemon.conf), "--json")
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert world.postmaster() == server and world.daemon.readyz("writer")[0] == 200
    assert json.loads(done.stdout)["position"] == world.journal_is_gapless()


def test_a_dead_daemons_server_is_left_running(world):
    server = world.postmaster()
    world.daemon.kill()
    done = refold("--data-dir", data(world))
    assert done.returncode == 0, done.stderr
    assert world.postmaster() == server
    world.daemon.start("writer")
    assert world.daemon.logged("postgres.adopted", world.daemon.start_mark)


def test_a_configuration_that_names_a_database(world, tmp_path):
    other = world.second("other")
    done = refold("--config", str(other.conf), "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["position"] == world.journal_is_gapless(), done.stderr


def test_the_state_is_written_where_the_caller_may_write(world, tmp_path):
    """Relative to where it was called, in a directory that the daemon's account may not enter; and the same state again to the byte."""
    tmp_path.chmod(0o700)
    (tmp_path / "second").write_bytes(b"x" * 10_000_000)
    world.daemon.stop()
    for name in ("first", "second"):
        done = refold("--data-dir", data(world), "--out", name, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    first, second = (tmp_path / name for name in ("first", "second"))
    assert first.stat().st_size > 0 and first.read_bytes() == second.read_bytes()


def test_failures_leave_no_server(world, tmp_path):
    world.daemon.stop()
    full = refold("--data-dir", data(world), "--out", "/dev/full")
    assert full.returncode == 4 and "No space left" in full.stderr, full.stderr
    assert world.postmaster() is None
    (tmp_path / "kept").write_text("kept")
    nothing = refold("--data-dir", str(tmp_path), "--out", str(tmp_path / "kept"))
    assert nothing.returncode == 2 and "no daemon has kept a database there" in nothing.stderr
    assert (tmp_path / "kept").read_text() == "kept" and not (tmp_path / "postgres").exists(), "it makes no cluster"
    both = refold("--data-dir", data(world), "--database", "dbname=x")
    assert both.returncode == 2 and "one of" in both.stderr
    absent = refold("--config", str(tmp_path / "absent.conf"))
    assert absent.returncode == 2 and "absent.conf" in absent.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_stops_what_it_started(world, number):
    world.daemon.stop()
    process = subprocess.Popen(command("--data-dir", data(world)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/")
    try:
        server = wait_for(lambda: process.poll() is not None or world.postmaster(), "the server's start")
        process.send_signal(number)
        process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == -number, "it dies of the signal, after having tidied up"
    assert world.postmaster() is None and not alive(server)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_another_account_is_told_what_to_do(world):
    """Not the daemon's account and not root: nobody, who may not even look."""
    asked = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", *command("--data-dir", data(world))]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=60, cwd="/")
    assert done.returncode == 2 and "root" in done.stderr and "Sanitizer" not in done.stderr, done.stderr
    owned = subprocess.run(["stat", "-c", "%U", data(world) + "/run/lock"], capture_output=True, text=True, check=True)
    assert owned.stdout.strip() == ACCOUNT, "root left nothing of its own there"
