"""Cannot be imported, with a text that clears the screen and paints a better one."""

_TEXT = (
    "\x1b[2J\x1b[H\x1b[1;32mAll 100 submissions: 100/100 HOSTILE\x1b[0m"
    "\x1b[8m hidden \x1b[?1049h\x1b[6n\x9b31m\x1bc\x1b(0\x08\x08\x08\x7f\rHOSTILE"
)
print(_TEXT)
raise RuntimeError(_TEXT)
