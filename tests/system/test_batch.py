# SPDX-License-Identifier: Apache-2.0
"""`crossflag link` and `crossflag train`: files in, files out, no daemon. The inputs are small files in the manner of febrl, written here, and the
sample records that the quick start sends."""

import csv
import datetime
import gzip
import json
import os
import random
import re
import subprocess

import pytest

from conftest import BUILD, ROOT

COLUMNS = "id=rec_id,given=given_name,family=surname,house_number=street_number,street=address_1,town=suburb,postcode=postcode,birth_date=date_of_birth"
HEADER = ["rec_id", "given_name", "surname", "street_number", "address_1", "suburb", "postcode", "date_of_birth", "entity"]
# Three people, the first two with records that differ by a keystroke, a swap or a gap; the last column is the truth, which nobody may read.
ROWS = [
    ["r1", "michaela", "neumann", "8", "stanley street", "winston hills", "4223", "19151111", "A"],
    ["r2", "michaela", "neuman", "8", "stanley street", "winston hills", "4223", "19151111", "A"],
    ["r3", "neumann", "michaela", "8", "stanley street", "winston hills", "4223", "1915-11-11", "A"],
    ["r4", "courtney", "painter", "12", "pinkerton circuit", "richlands", "4560", "19161214", "B"],
    ["r5", "courtney", "painter", "12", "pinkerton circuit", "richlands", "4560", "14/12/1916", "B"],
    ["r6", "charles", "green", "38", "salkauskas crescent", "dapto", "4566", "19480930", "C"],
]


def crossflag(*arguments, code=0):
    done = subprocess.run([str(BUILD / "crossflag"), *map(str, arguments)], capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    assert "runtime error" not in done.stderr, done.stderr
    return done


def write(path, rows, header=HEADER, **how):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, **how).writerows([header, *rows])
    return path


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def partition(path):
    groups = {}
    for row in read(path):
        groups.setdefault(row["entity"], set()).add((row["feed"], row["id"], row["ref"]))
    return {frozenset(group) for group in groups.values()}


def ids(path):
    return {frozenset(id for _, id, _ in group) for group in partition(path)}


def link(tmp_path, *arguments, **how):
    return crossflag("link", "--out", tmp_path / "out.csv", *arguments, **how)


def test_rows_of_one_person_are_one_entity(tmp_path):
    done = link(tmp_path, "--columns", COLUMNS, write(tmp_path / "people.csv", ROWS))
    assert ids(tmp_path / "out.csv") == {frozenset({"r1", "r2", "r3"}), frozenset({"r4", "r5"}), frozenset({"r6"})}
    rows = read(tmp_path / "out.csv")
    assert [row["id"] for row in rows] == [row[0] for row in ROWS], "in the order of the file"
    assert {row["feed"] for row in rows} == {"people"} and {row["ref"] for row in rows} == {"p1"}
    assert re.search(r"^rows +6\nmentions +6\nentities +3\npairs +[34]\nseconds", done.stdout, re.M) and not done.stderr
    assert not [name for name in os.listdir(tmp_path) if name not in ("people.csv", "out.csv")], "nothing is left beside the result"


def test_the_header_s_names_do_without_a_specification(tmp_path):
    done = link(tmp_path, write(tmp_path / "people.csv", ROWS))
    assert "family=surname" in done.stdout and "entity=" not in done.stdout
    assert frozenset({"r4", "r5"}) in ids(tmp_path / "out.csv")


def test_the_answer_as_json(tmp_path):
    people = write(tmp_path / "people.csv", ROWS)
    answer = json.loads(link(tmp_path, "--json", "--columns", COLUMNS, people, "--pairs", tmp_path / "pairs.csv").stdout)
    assert (answer["rows"], answer["mentions"], answer["entities"], answer["pairs"]) == (6, 6, 3, len(read(tmp_path / "pairs.csv")))
    assert answer["files"][0]["feed"] == "people" and len(answer["files"][0]["columns"]) == 8


def test_the_order_of_rows_and_files_does_not_count(tmp_path):
    shuffle = random.Random(3)
    expected = None
    for turn in range(6):
        rows = shuffle.sample(ROWS, len(ROWS))
        files = [write(tmp_path / "a.csv", [row for row in rows if row[0] < "r4"]), write(tmp_path / "b.csv", [row for row in rows if row[0] >= "r4"])]
        link(tmp_path, "--columns", COLUMNS, *(reversed(files) if turn % 2 else files))
        got = partition(tmp_path / "out.csv")
        expected = expected or got
        assert got == expected


def test_the_same_files_give_the_same_bytes(tmp_path):
    people = write(tmp_path / "people.csv", ROWS)
    written = []
    for _ in range(2):
        link(tmp_path, "--columns", COLUMNS, people, "--pairs", tmp_path / "pairs.csv")
        written.append(((tmp_path / "out.csv").read_bytes(), (tmp_path / "pairs.csv").read_bytes()))
    assert written[0] == written[1]


def test_pairs_are_written_with_their_weights(tmp_path):
    rows = [*ROWS, ["r7", *ROWS[5][1:]], ["r8", *ROWS[5][1:]]]  # r6 to r8 say the very same
    link(tmp_path, "--columns", COLUMNS, write(tmp_path / "people.csv", rows), "--pairs", tmp_path / "pairs.csv")
    pairs = read(tmp_path / "pairs.csv")
    assert list(pairs[0]) == ["feed_a", "id_a", "ref_a", "feed_b", "id_b", "ref_b", "weight"]
    found = {frozenset((pair["id_a"], pair["id_b"])): pair["weight"] for pair in pairs}
    assert len(found) == len(pairs), "each pair once"
    assert {frozenset(two) for two in (("r6", "r7"), ("r6", "r8"), ("r7", "r8"), ("r1", "r2"), ("r4", "r5"))} <= set(found)
    assert all(re.fullmatch(r"-?[0-9]+\.[0-9]{3}", weight) for weight in found.values())
    assert float(found[frozenset(("r6", "r7"))]) > float(found[frozenset(("r1", "r2"))]), "equal rows weigh more than a misspelt name"


def test_pairs_below_the_threshold_are_written_when_asked(tmp_path):
    rows = [["1", "ann", "leeson", "", "", "", "", "19840503", ""], ["2", "peter", "leeson", "", "", "", "", "19840503", ""]]
    people = write(tmp_path / "people.csv", rows)
    link(tmp_path, "--columns", COLUMNS, people, "--pairs", tmp_path / "pairs.csv")
    assert read(tmp_path / "pairs.csv") == []
    link(tmp_path, "--columns", COLUMNS, people, "--pairs", tmp_path / "pairs.csv", "--min-weight", "-100")
    (pair,) = read(tmp_path / "pairs.csv")
    weight = float(pair["weight"])
    for least, count in ((weight, 1), (weight + 0.001, 0)):
        link(tmp_path, "--columns", COLUMNS, people, "--pairs", tmp_path / "pairs.csv", "--min-weight", f"{least:.3f}")
        assert len(read(tmp_path / "pairs.csv")) == count


def test_an_attribute_without_weights_is_told(tmp_path):
    path = write(tmp_path / "people.csv", [["1", "Ann", "clerk", "AB12 CDE"]], ["id", "given_name", "attr:job", "number_plate"])
    said = link(tmp_path, path).stderr.splitlines()
    assert [line.split(": ", 2)[1] for line in said] == ["the model has no weights for vrm", "the model has no weights for attr:job"]


def test_across_files_only(tmp_path):
    old = write(tmp_path / "old.csv", [ROWS[0], ROWS[1], ROWS[3]])
    new = write(tmp_path / "new.csv", [ROWS[2], ROWS[4], ROWS[5]])
    link(tmp_path, "--columns", COLUMNS, old, new, "--between", "--pairs", tmp_path / "pairs.csv")
    pairs = read(tmp_path / "pairs.csv")
    assert pairs and all(pair["feed_a"] != pair["feed_b"] for pair in pairs)
    assert frozenset({"r4", "r5"}) in ids(tmp_path / "out.csv")
    # The very same row twice in one file is no pair then, whatever it weighs.
    twice = write(tmp_path / "twice.csv", [ROWS[5], ["r9", *ROWS[5][1:]]])
    link(tmp_path, "--columns", COLUMNS, twice, old, "--between")
    assert {frozenset({"r6"}), frozenset({"r9"})} <= ids(tmp_path / "out.csv")
    link(tmp_path, "--columns", COLUMNS, twice, old)
    assert frozenset({"r6", "r9"}) in ids(tmp_path / "out.csv")
    assert "two files" in link(tmp_path, "--columns", COLUMNS, old, "--between", code=2).stderr


@pytest.fixture
def samples(tmp_path):
    """The sample feeds with their days counted from a fixed one, as config/quickstart counts them from today."""
    paths = []
    for source in sorted((ROOT / "config/demo/samples").glob("*.ndjson")):
        def day(found):
            at = datetime.date(2026, 11, 20) + datetime.timedelta(days=int(found[1]))
            return at.isoformat() + (found[2] + ":00Z" if found[2] else "")
        path = tmp_path / source.name
        path.write_text(re.sub(r"@D([+-][0-9]+)(T[0-9:]+)?@", day, source.read_text()))
        paths.append(path)
    return paths


def test_records_give_all_their_persons_places_and_vehicles(tmp_path, samples):
    answer = json.loads(link(tmp_path, "--json", *samples).stdout)
    expected = set()
    for path in samples:
        for line in path.read_text().splitlines():
            record = json.loads(line)
            for part in ("persons", "locations", "vehicles"):
                expected |= {(path.stem, record["id"], thing["ref"]) for thing in record.get(part, [])}
    groups = partition(tmp_path / "out.csv")
    assert set().union(*groups) == expected and answer["mentions"] == len(expected)
    assert answer["rows"] == sum(len(path.read_text().splitlines()) for path in samples)
    assert answer["entities"] == len(groups) < len(expected)
    for row in read(tmp_path / "out.csv"):
        assert row["entity"][:3] == {"p": "per", "l": "loc", "v": "veh"}[row["ref"][0]]
    assert any(len({feed for feed, _, _ in group}) >= 3 for group in groups), "somebody is known to three agencies"


def test_compressed_files_and_arrays_of_records(tmp_path, samples):
    link(tmp_path, *samples)
    expected = partition(tmp_path / "out.csv")
    packed = []
    for number, path in enumerate(samples):
        if number % 2:
            packed.append(tmp_path / (path.name + ".gz"))
            packed[-1].write_bytes(gzip.compress(path.read_bytes()))
        else:
            packed.append(path.with_suffix(".json"))
            packed[-1].write_text(json.dumps([json.loads(line) for line in path.read_text().splitlines()]))
    link(tmp_path, *packed)
    assert partition(tmp_path / "out.csv") == expected
    cut = tmp_path / "cut.ndjson.gz"
    cut.write_bytes(gzip.compress(samples[0].read_bytes())[:-20])
    assert "cut off" in link(tmp_path, cut, code=2).stderr


def test_spreadsheets_peculiarities(tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_bytes(b'\xef\xbb\xbfid,name,dob\r\n"a,1","O\'Brien, Se\xc3\xa1n",03/05/1984\r\n"b ""2""",Sean O Brien,1984-05-03T00:00:00Z\r\n,,\r\n')
    done = link(tmp_path, path)
    assert ids(tmp_path / "out.csv") == {frozenset({"a,1", 'b "2"'})}
    assert not done.stderr
    path.write_text("name,dob\nJohn Smith,unknown\nJane Smith,31/02/1984\nJim Smith,1984-02-01\n")
    done = link(tmp_path, path)
    assert [row["id"] for row in read(tmp_path / "out.csv")] == ["2", "3", "4"], "line numbers where no column is the id"
    assert done.stderr == f'{path}: in 2 of 3 rows column "dob" holds no birth_date, or an impossible day or month: left out\n'


@pytest.mark.parametrize(
    "name, content, arguments, said",
    [
        ("a.csv", "id,given_name\n1,Ann\n2\n", [], "a.csv:3: the row has 1 cells, the header 2"),
        ("a.csv", "id,given_name\n1,Ann\n,Bea\n", [], "a.csv:3: the id is blank"),
        ("a.csv", 'id,given_name\n1,"Ann\n2,Bea\n', [], "a.csv:2: a quotation mark"),
        ("a.csv", 'id,given_name\n1,Ann\n2,"Be"a\n', [], "a.csv:3:7: a quotation mark"),
        ("a.csv", b"id,given_name\n1,Ren\xe9\n", [], 'a.csv:2: column "given_name" is not UTF-8'),
        ("a.csv", "", [], "a.csv: the file is empty"),
        ("a.csv", "x,y\n1,2\n", [], "a.csv:1: none of the header's names is a field's"),
        ("a.csv", "given;family\nAnn;Lee\n", [], "a.csv:1: the header is one cell: cells are separated by commas"),
        ("a.csv", "x,y\n1,2\n", ["--columns", "given=z"], 'a.csv:1: the header has no column "z"'),
        ("a.csv", "x,X\n1,2\n", ["--columns", "given=x"], 'a.csv:1: the header has the column "x" twice'),
        ("a.csv", "x\n1\n", ["--columns", "given=x,nickname=y"], '--columns, at character 9: there is no field "nickname"'),
        ("a.ndjson", "{}\n", ["--columns", "given=x"], "--columns is for CSV files"),
        ("a.ndjson", '{"id":"1","kind":"other","occurred_at":"2026-11-20T21:40:00Z"}\n\n{"id":"2","kind":"other","occurred_at":"yesterday"}\n', [], "a.ndjson:3: /occurred_at"),
        ("a.ndjson", '{"id":"1",}\n', [], "a.ndjson:1:"),
        ("a.txt", "", [], "a file's form is told by its name"),
        ("a.csv", "given_name\nAnn\n", ["--model", "/nonexistent.json"], "/nonexistent.json: No such file"),
        ("a.csv", "given_name\nAnn\n", ["--min-weight", "1"], "--min-weight is about --pairs"),
        ("a.csv", "given_name\nAnn\n", ["--pairs", "{}/p.csv", "--min-weight", "1x"], "--min-weight takes bits"),
        ("a.csv", "given_name\nAnn\n", ["--pairs", "{}/out.csv"], "--out and --pairs are one file"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path, name, content, arguments, said):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (tmp_path / "out.csv").write_text("what was there\n")
    done = link(tmp_path, *(argument.format(tmp_path) for argument in arguments), path, code=2)
    assert said in done.stderr, done.stderr
    assert not done.stdout
    assert (tmp_path / "out.csv").read_text() == "what was there\n"
    assert {entry.name for entry in tmp_path.iterdir()} == {name, "out.csv"}


def test_files_that_say_nothing(tmp_path):
    (tmp_path / "a.csv").write_text("id,given_name,x\n")
    (tmp_path / "b.ndjson").write_text("")
    (tmp_path / "c.csv").write_text("id,given_name,x\n1,,a\n2,UNKNOWN,b\n,,\n")
    link(tmp_path, tmp_path / "a.csv", tmp_path / "b.ndjson", tmp_path / "c.csv", "--pairs", tmp_path / "pairs.csv", "--min-weight", "-1000")
    assert ids(tmp_path / "out.csv") == {frozenset({"1"}), frozenset({"2"})}, "each id has its entity, and nothing joins them"
    assert (tmp_path / "pairs.csv").read_text() == "feed_a,id_a,ref_a,feed_b,id_b,ref_b,weight\n"


def test_files_that_cannot_be_told_apart_or_found(tmp_path):
    (tmp_path / "x").mkdir()
    one, two = write(tmp_path / "people.csv", ROWS), write(tmp_path / "x" / "people.csv", ROWS)
    assert "one base name" in link(tmp_path, one, two, code=2).stderr
    assert "No such file" in link(tmp_path, tmp_path / "none.csv", code=2).stderr
    assert "which files?" in link(tmp_path, code=2).stderr
    assert "where to?" in crossflag("link", one, code=2).stderr
    assert "cannot take its place" in crossflag("link", one, "--out", tmp_path / "x" / ".." / "people.csv", code=2).stderr
    assert "none/out.csv: No such file" in crossflag("link", one, "--out", tmp_path / "none" / "out.csv", code=2).stderr


def test_a_pipe_is_written_as_it_is(tmp_path):
    done = crossflag("link", "--columns", COLUMNS, write(tmp_path / "people.csv", ROWS), "--out", "/dev/stdout", "--json")
    assert done.stdout.startswith("feed,id,ref,entity\npeople,r1,p1,per-")


def test_training_gives_a_model_that_links(tmp_path):
    people = write(tmp_path / "people.csv", ROWS)
    model = tmp_path / "model.json"
    done = crossflag("train", "--columns", COLUMNS, people, "--out", model)
    assert re.search(r"^person +given +exact .*[0-9]\.[0-9]{2} +\++$", done.stdout, re.M), done.stdout
    assert re.search(r"different .*-[0-9]+\.[0-9]{2} +-+$", done.stdout, re.M)
    assert "vehicle" not in done.stdout, "only what was trained"
    first = model.read_bytes()
    answer = json.loads(crossflag("train", "--columns", COLUMNS, people, "--out", model, "--json").stdout)
    assert model.read_bytes() == first, "the same files and seed give the same model"
    assert {row["kind"] for row in answer["weights"]} == {"person"} and all("weight" in row for row in answer["weights"])
    crossflag("train", "--columns", COLUMNS, people, "--out", tmp_path / "second.json", "--base", model, "--seed", "7")
    link(tmp_path, "--model", tmp_path / "second.json", "--columns", COLUMNS, people)
    assert frozenset({"r4", "r5"}) in ids(tmp_path / "out.csv")


def test_a_base_that_is_no_model_is_refused(tmp_path):
    (tmp_path / "base.json").write_text('{"format": 1}')
    done = crossflag("train", write(tmp_path / "people.csv", ROWS), "--out", tmp_path / "m.json", "--base", tmp_path / "base.json", code=2)
    assert "base.json" in done.stderr and not (tmp_path / "m.json").exists()


def test_help_tells_the_fields(tmp_path):
    for command in ("link", "train"):
        help = crossflag(command, "--help").stdout
        assert "--columns SPEC" in help and "--url" not in help
    assert "attr:NAME" in crossflag("link", "--help").stdout
