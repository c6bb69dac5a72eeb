"""Systems that collect hand-ins and start us: Gradescope, and Otter.

They carry files in and marks out, and nothing else: the border stays ours. What they
are given is one folder, `grader/`, that holds all that grading one stage takes
(`bundle`), and a few lines that start it (`container`, `otter_plugin`).
"""
