"""Cannot be imported, with a text in the markup of the library that prints tables."""

_TEXT = (
    "[bold green]100/100 HOSTILE[/] [link=https://hostile.example]here[/link]"
    " :boom: [/unopened] [not a style]x[/not a style] \\[ [[ ]] [@click=app.quit]q[/]"
)
print(_TEXT)
raise type(_TEXT, (RuntimeError,), {})(_TEXT)
