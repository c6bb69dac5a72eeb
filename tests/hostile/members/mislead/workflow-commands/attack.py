"""Cannot be imported, with lines that a CI system takes for commands."""

_TEXT = """nothing
::error file=nabla/small.py,line=1::HOSTILE
::set-output name=score::100 HOSTILE
::stop-commands::HOSTILE
::add-mask::HOSTILE
##[error]HOSTILE
##vso[task.complete result=Succeeded;]HOSTILE
##teamcity[testFinished name='HOSTILE']
%0A::warning::HOSTILE
\r::notice::HOSTILE\u2028::error::HOSTILE\x0b::error::HOSTILE\x85::error::HOSTILE
"""
print(_TEXT)
raise ValueError(_TEXT)
