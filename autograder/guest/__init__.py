"""The only code of ours that runs beside student code; it knows no answer.

The host sends requests, the guest replies; all are dicts with the key "op".

| request | further keys        | reply                                               |
|---------|---------------------|-----------------------------------------------------|
| (none)  |                     | ready: python, numpy; the first message             |
| import  | package, modules    | imported: errors {module: {type, text, where}}      |
| begin   |                     | begun, from a fresh fork that serves a check        |
| next    |                     | begun: that fork ends, and another one begins       |
| call    | target, args, kwargs | value; of the method named by `method`, if any     |
| get     | target, name        | value                                               |
| set     | target, name, value | value: None                                         |
| item    | target, key         | value                                               |
| length  | target              | value                                               |
| iterate | target              | value: list of the first 1000 elements              |
| names   | target              | value: public names, at most 200                    |
| place   | value, layout       | value: handle of an array that stays here           |
| look    | target              | value: a copy of what the handle stands for         |
| shares  | first, second       | value: whether two arrays share memory              |
| same    | first, second       | value: whether both are one object                  |
| end     |                     | ended: status, printed                              |

Instead of "value" comes {"op": "raised", "type", "mro", "text", "where"}, an exception
as text, or {"op": "died", "status", "memory"} when the fork is gone without having been
asked to end: its `os.waitpid` status, and whether there was no memory left.

A value that may not travel comes back as a handle of kind "object"; if call, get or
item has the key "keep": True, arrays come back as handles as well. A handle of kind
"lent" among the arguments becomes a function or module that lives on the host; calling
it sends {"op": "callback", "id", "method", "args", "kwargs"} to the host, which answers
with "value" or "raised" and may send requests before it does.

Several checks may share a fork: the first request of another check has the key
"forget": True, which drops all objects and seeds the global generators again.

A module that cannot be imported raises its error at each use of a path into it.
"""
