import dataclasses
import io

from rich.console import Console

from autograder.reports import terminal


class Finding:
    topic, well, text, needed = "sandbox [b]x[/b]", False, "install bubblewrap", True


@dataclasses.dataclass
class Proof:
    kind: str
    ok: bool = True
    assignment: str = "a02_layers"
    name: str = "[b]averaged_twice[/b]"
    expected: str = "fails exactly test_bias"
    seen: str = "fails nothing"


def printed(show, things, encoding="utf-8"):
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    value = show(things, Console(file=file, width=90))
    return value, raw.getvalue().decode(encoding)


def test_the_doctors_findings_are_one_line_each():
    _, text = printed(terminal.print_findings, [Finding()], "ascii")

    assert text.split() == ["NO", "sandbox", "[b]x[/b]", "install", "bubblewrap"]


def test_a_right_course_is_a_table_and_one_sentence():
    proofs = [Proof("reference"), Proof("mutant"), Proof("mutant")]
    right, text = printed(terminal.print_validation, proofs)

    assert right
    assert "2/2" in text
    assert "averaged_twice" not in text
    assert text.rstrip().endswith("All 3 findings are right.")


def test_a_wrong_finding_tells_what_was_expected_and_what_was_seen():
    proofs = [Proof("reference"), Proof("mutant", ok=False)]
    right, text = printed(terminal.print_validation, proofs, "ascii")

    assert not right
    assert "WRONG a02_layers: mutant [b]averaged_twice[/b]" in text
    assert "expected: fails exactly test_bias" in text
    assert "seen:     fails nothing" in text
    assert "0/1" in text


def test_what_is_wrong_is_printed_before_the_next_one_is_known():
    seen = []

    class Watched(io.StringIO):
        def write(self, text):
            seen.append(text)
            return len(text)

    def proofs():
        yield Proof("mutant", ok=False)
        seen.append("next")
        yield Proof("mutant")

    terminal.print_validation(proofs(), Console(file=Watched(), width=90))

    assert any("averaged_twice" in text for text in seen[: seen.index("next")])


def test_nothing_to_validate_is_not_well():
    right, text = printed(terminal.print_validation, [])

    assert not right
    assert "nothing to validate" in text
