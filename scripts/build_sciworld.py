"""Compiles SciWorld's Java sources to the archive that is shipped.

    python scripts/build_sciworld.py

Needs a Java compiler (17 or later), and the extra `sciworld`. The archive names the checksum of
the sources that it was made of, which a test compares, so that the two cannot drift apart.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import scienceworld

FOLDER = Path(__file__).resolve().parents[1] / "agentrm_envs" / "sciworld"
SOURCES = FOLDER / "java"
ARCHIVE = FOLDER / "simulator.jar"
RELEASE = "17"
"""The oldest Java that runs the archive."""
EPOCH = (1980, 1, 1, 0, 0, 0)


def main() -> int:
    with tempfile.TemporaryDirectory() as classes:
        compiled = subprocess.run(command(Path(classes)))
        if compiled.returncode:
            print("build_sciworld.py: javac failed (see above)", file=sys.stderr)
            return 1
        pack(Path(classes), ARCHIVE)
    print(f"wrote {ARCHIVE}")
    return 0


def command(classes: Path) -> list[str]:
    """The compiler's command line."""
    simulator = Path(scienceworld.__file__).parent / "scienceworld.jar"
    return [
        *("javac", "-g:none", "-proc:none", "-Xlint:-options"),
        *("-source", RELEASE, "-target", RELEASE),
        *("--add-exports", "java.base/jdk.internal.misc=ALL-UNNAMED"),
        *("-cp", str(simulator), "-d", str(classes)),
        *(str(source) for source in sources()),
    ]


def pack(classes: Path, archive: Path) -> None:
    """Write the classes to an archive, the same bytes each time."""
    manifest = f"Manifest-Version: 1.0\nSources-SHA256: {fingerprint()[:40]}\n"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as into:
        into.writestr(zipfile.ZipInfo("META-INF/MANIFEST.MF", EPOCH), manifest)
        for each in sorted(classes.rglob("*.class")):
            entry = zipfile.ZipInfo(each.relative_to(classes).as_posix(), EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            into.writestr(entry, each.read_bytes())


def sources() -> list[Path]:
    return sorted(SOURCES.glob("*.java"))


def fingerprint() -> str:
    """The checksum of the sources."""
    return hashlib.sha256(b"\0".join(source.read_bytes() for source in sources())).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
