"""nabla: a neural-network library made of nothing but NumPy, one module per stage.

Import the modules by name, `from nabla import layers`: the package itself loads none
of them, so a mistake in one stage cannot keep the others from working.
"""

__version__ = "1.0.0"
