import json

from autograder import exports, records
from autograder.exports import jsonl


def test_every_line_is_a_record_that_can_be_read_back(tmp_path, ada, faulty):
    (path,) = exports.export("jsonl", [ada, faulty], tmp_path)
    lines = path.read_text().splitlines()

    assert path == tmp_path / "results.jsonl"
    assert [records.from_json(json.loads(line)) for line in lines] == [ada, faulty]


def test_separators_inside_a_text_do_not_split_a_line(eve):
    assert jsonl.line(eve).isascii()
    assert len(jsonl.line(eve).splitlines()) == 1
