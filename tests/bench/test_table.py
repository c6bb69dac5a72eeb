import dataclasses
import pathlib
import sys

import pytest

sys.path.append(str(pathlib.Path(__file__).parent))

import table


def row(ratio, *, more=False, name="mlp"):
    return table.Row(name, "a step", "2 s", "1 s", "–", ratio, met=True, more=more)


def before(*rows):
    return [dataclasses.asdict(each) for each in rows]


@pytest.mark.parametrize(("ratio", "count"), [(1.14, 0), (1.16, 1), (0.5, 0)])
def test_a_row_is_slower_when_its_ratio_is_15_percent_larger(ratio, count):
    assert len(table.slower([row(ratio)], before(row(1.0)))) == count


def test_a_row_where_more_is_better_is_slower_when_its_ratio_falls():
    [found] = table.slower([row(4.0, more=True)], before(row(5.0, more=True)))

    assert found == "mlp: a step: ratio 4.00, was 5.00 (1.25 times worse)"


def test_what_was_not_measured_is_compared_with_nothing():
    assert not table.slower([row(None)], before(row(1.0)))
    assert not table.slower([row(9.0)], before(row(None)))
    assert not table.slower([row(9.0, name="conv")], before(row(1.0)))


def test_a_row_measured_again_replaces_the_old_one_and_leaves_the_others():
    old = before(row(1.0), row(3.0, name="conv"), row(9.0, name="gone"))

    found = table.merge([row(2.0)], old, ["conv", "mlp"])

    assert [(entry["row"], entry["ratio"]) for entry in found] == [
        ("conv", 3.0),
        ("mlp", 2.0),
    ]


def test_a_target_is_met_from_either_side():
    slow = table.judged("mlp", "a step", 3.0, ("PyTorch", 2.0), most=1.15)
    fast = table.judged("conv", "a layer", 1.0, ("loops", 9.0), least=5)

    assert (slow.met, slow.ratio) == (False, 1.5)
    assert (fast.met, fast.ratio) == (True, 9.0)
    assert table.not_measured("gpu", "a step", "no GPU", "2").met is None


def test_the_page_shows_what_is_met_where(tmp_path, monkeypatch):
    monkeypatch.setattr(table, "PAGE", tmp_path / "README.md")
    monkeypatch.setattr(table, "RESULTS", tmp_path / "results.json")
    met = dataclasses.replace(row(1.0), machine="a small one")
    missed = dataclasses.replace(met, row="conv", met=False)
    points = [(10, 0.5), (100, 5.0), (1000, 200.0)]
    growth = [{"what": "samples", "points": points, "slope": 1.0, "why": "so"}]
    table.write(before(met, missed, row(None)), growth)

    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "| mlp | a step | 2 s | 1 s | 1.00 | – | yes | 1 |" in page
    assert "| conv | a step | 2 s | 1 s | 1.00 | – | **no** | 1 |" in page
    assert "- Machine 1: a small one." in page
    assert "| samples | 10: 0.50 s | 1,000: 3.3 min | 1.00 | so |" in page
    assert table.read()["growth"][0]["slope"] == 1.0
