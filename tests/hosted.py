"""What the tests of tests/hosts/ have in common."""

STAGES = ("a01_gates", "a02_layers")
MUTANTS, VARIANTS = 4, 2
SECRET = "the same inputs every time"
