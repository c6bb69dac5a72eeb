"""Several MulGates in one graph, whose nodes are used more than once.

The add and max gates between them are the reference's: they cost no points here.
"""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint
from nabla import gates

PARTS = ["mul_forward_multiplies", "mul_backward_swaps"]


@check(points=2, exercise="mul/backward", needs=PARTS)
def test_mul_gates_work_side_by_side_in_a_graph(student, rng):
    """Several MulGates in one random graph give the gradients of the whole."""
    hint("Each gate keeps its own inputs: in self, not in the class or the module.")
    leaves = [rng.away_from_zero((2, 3), 0.2) for _ in range(3)]
    kinds = ("MaxGate", "MulGate", "AddGate", "MulGate", "AddGate", "MulGate")
    plan = [(kind, rng.integers(0, 2 + i)) for i, kind in enumerate(kinds)]
    dout = rng.normal((2, 3))
    grads = _gradients(student.gates.MulGate, leaves, plan, dout)
    for i, expected in enumerate(_gradients(gates.MulGate, leaves, plan, dout)):
        close(grads[i], expected, name=f"gradient of leaf {i}")


def _gradients(mul_gate, leaves, plan, dout):
    """Run a graph, each step a gate on the newest node and an earlier one."""
    nodes, steps = list(leaves), []
    for kind, partner in plan:
        gate = mul_gate() if kind == "MulGate" else getattr(gates, kind)()
        steps.append((gate, len(nodes) - 1, partner))
        nodes.append(gate.forward(nodes[-1], nodes[partner]))
    grads = [np.zeros_like(node) for node in nodes]
    grads[-1] = dout
    for out, (gate, i, j) in reversed(list(enumerate(steps, start=len(leaves)))):
        dx, dy = gate.backward(grads[out])
        grads[i], grads[j] = grads[i] + dx, grads[j] + dy
    return grads[: len(leaves)]
