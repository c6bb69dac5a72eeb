import tiny_course

from autograder import doctor, sandbox


def found(findings, topic):
    return next(finding for finding in findings if finding.topic == topic)


def test_without_a_protected_sandbox_a_machine_is_not_fit(monkeypatch, tmp_path):
    probes = [
        sandbox.Probe("bubblewrap", works=False, protected=True, reason="no bwrap"),
        sandbox.Probe("unprotected", works=True, protected=False, reason="holds none"),
    ]
    monkeypatch.setattr(sandbox, "probe", lambda: probes)
    findings = list(doctor.examine(tiny_course.write_course(tmp_path)))

    assert not doctor.fit_for_grading(findings)
    assert "install bubblewrap" in found(findings, "protection").text
    assert found(findings, "sandbox bubblewrap").text == "no bwrap"


def test_one_protected_sandbox_is_enough_and_is_named(monkeypatch, tmp_path):
    probes = [sandbox.Probe("lockdown", works=True, protected=True, reason="tried")]
    monkeypatch.setattr(sandbox, "probe", lambda: probes)
    findings = list(doctor.examine(tiny_course.write_course(tmp_path)))

    assert doctor.fit_for_grading(findings)
    assert found(findings, "protection").text.endswith("lockdown")
    assert "a01_gates" in found(findings, "course").text
