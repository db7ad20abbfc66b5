"""Where the command is: named, within this package, or in PATH."""

import os
import pathlib
import platform
import shutil

PLATFORMS = ("Darwin arm64", "Darwin x86_64", "Linux aarch64", "Linux x86_64", "Windows AMD64")
"""What wheels with the command are released for."""


def binary() -> str:
    """The path of the command. `FileNotFoundError` where there is none, which says what to do."""
    named = os.environ.get("SEGUE_BINARY")
    if named:
        if not os.path.exists(named):
            raise FileNotFoundError(f"SEGUE_BINARY names {named}, and nothing is there")
        return named
    name = "segue.exe" if os.name == "nt" else "segue"
    own = pathlib.Path(__file__).parent / "bin" / name
    if own.exists():
        return str(own)
    found = shutil.which(name)
    if found:
        return found
    here = f"{platform.system()} {platform.machine()}"
    if here in PLATFORMS:
        raise FileNotFoundError(
            "the command segue is missing: install a wheel of segue-migrate (pip install --only-binary :all: segue-migrate), "
            "put segue into PATH, or name it in SEGUE_BINARY"
        )
    raise FileNotFoundError(
        f"there is no release of segue for {here} (there are {', '.join(PLATFORMS)}): build it from source (cargo install --locked "
        "--path crates/cli --no-default-features), and put it into PATH or name it in SEGUE_BINARY"
    )
