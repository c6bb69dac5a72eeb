"""Cannot be imported, with a text that sets titles, links, clipboards and bells."""

_TEXT = (
    "\x1b]0;HOSTILE\x07\x1b]8;;https://hostile.example\x1b\\here\x1b]8;;\x1b\\"
    "\x1b]52;c;SE9TVElMRQ==\x07\x1bP+q544e\x1b\\\x1b_HOSTILE\x1b\\\x9d0;HOSTILE\x9c"
    "\x1b]1337;File=inline=1:SE9TVElMRQ==\x07\x07\x05\x1b[21t\x1b]2;unfinished HOSTILE"
)
print(_TEXT)
raise RuntimeError(_TEXT)
