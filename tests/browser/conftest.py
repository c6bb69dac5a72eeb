import pytest

from tests.browser import chromium


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    program = chromium.find()
    if program is None:
        pytest.skip("no Chromium here: install it, or name one in $CHROMIUM")
    started = chromium.Chromium(program, tmp_path_factory.mktemp("profile"))
    yield started
    started.close()
