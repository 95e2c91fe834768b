"""The wheel holds everything that the package needs to run, and nothing else.

Source: users.md U1 and U22 (the demonstration is in the wheel).
"""

import subprocess
import sys
import zipfile

import pytest


@pytest.fixture(scope="module")
def names(request, tmp_path_factory) -> frozenset[str]:
    pytest.importorskip("hatchling", reason="the build backend is not installed; `make` does")
    directory = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory)],
        cwd=request.config.rootpath, check=True, capture_output=True,
    )  # fmt: skip
    [wheel] = directory.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return frozenset(archive.namelist())


def test_every_file_of_the_package_is_in_the_wheel(names, request):
    source = request.config.rootpath / "src"
    wanted = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted <= names
    assert "watchword/py.typed" in wanted


def test_nothing_else_is_in_the_wheel(names):
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"watchword"}
    assert not [name for name in names if "__pycache__" in name or name.endswith((".key", ".db"))]
