"""Install the programs beside Python that the full set of tests uses.

As root on a Debian system they come from Debian's packages, where they are missing. Anywhere else
nothing is installed: the tests that need them are left out, and this says which and why.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

INSTALL_SECONDS_MAX = 900  # a slow mirror; the packages are about 150 MB


@dataclass(frozen=True, slots=True)
class Service:
    """A program that some tests need, and where it is found."""

    name: str
    package: str  # Debian's
    programs: tuple[str, ...]  # any of them, on the PATH
    places: tuple[str, ...]  # patterns below the root for programs that are kept off the PATH
    needed_by: str

    def is_present(self) -> bool:
        """Whether the program can be run."""
        if any(shutil.which(program) for program in self.programs):
            return True
        return any(list(Path("/").glob(place)) for place in self.places)


SERVICES = (
    Service(
        name="PostgreSQL",
        package="postgresql",
        programs=("initdb",),
        places=("usr/lib/postgresql/*/bin/initdb",),
        needed_by="the tests marked `postgres`",
    ),
    Service(
        name="Chromium",
        package="chromium",
        programs=("chromium", "chromium-browser"),
        places=(),
        needed_by="the tests marked `browser`",
    ),
    # The programs alone: Debian's package `apache2` would also start a server of the system's.
    Service(
        name="Apache",
        package="apache2-bin",
        programs=("apache2",),
        places=("usr/sbin/apache2",),
        needed_by="the test of mod_auth_openidc",
    ),
    Service(
        name="mod_auth_openidc",
        package="libapache2-mod-auth-openidc",
        programs=(),
        places=("usr/lib/apache2/modules/mod_auth_openidc.so",),
        needed_by="the test of mod_auth_openidc",
    ),
)


def main() -> int:
    """Install what is missing where that is possible; name what is left out."""
    missing = tuple(service for service in SERVICES if not service.is_present())
    if not missing:
        return 0
    reason = why_not() or install(missing)
    for service in missing:
        if not service.is_present():
            print(f"left out: {service.needed_by}, because {service.name} is missing: {reason}")
            print(f"          to run them: sudo apt-get install {service.package}")
    # An absent program leaves tests out; it is the tests that fail, never their preparation.
    return 0


def why_not() -> str:
    """Return why packages cannot be installed here, or nothing."""
    if not shutil.which("apt-get"):
        return "this is no Debian system"
    if os.geteuid() != 0:
        return "installing packages takes root"
    return ""


def install(services: tuple[Service, ...]) -> str:
    """Install Debian's packages; return what went wrong, or nothing."""
    packages = [service.package for service in services]
    print(f"installing from Debian's packages: {', '.join(packages)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages],
    ):
        try:
            done = subprocess.run(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=INSTALL_SECONDS_MAX,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"`{' '.join(command)}` did not end within {INSTALL_SECONDS_MAX} s"
        if done.returncode != 0:
            print(done.stdout, file=sys.stderr)
            return f"`{' '.join(command)}` failed"
    return ""


if __name__ == "__main__":
    sys.exit(main())
