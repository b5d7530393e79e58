"""One file from the network or an archive: whole and with the right checksum, or not at all."""

from __future__ import annotations

import hashlib
import os
import tarfile
import tempfile
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from tqdm import tqdm

from agentrm_envs.errors import BadData, MissingData

LOOPBACK = ("127.0.0.1", "::1", "localhost")
TIMEOUT = 60.0
"""Seconds without a byte after which a download is given up."""
_CHUNK = 2**16


def checked_url(url: str) -> str:
    """The URL, if it is https; http is for servers on this machine only."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return url
    raise BadData(f"{url} is refused: data comes over https only")


@contextmanager
def download(
    url: str, folder: Path, *, size: int, sha256: str, bar: tqdm[Any] | None = None
) -> Iterator[Path]:
    """What the URL gives, as a file in `folder` to be renamed or read; gone afterwards.

    Raises `BadData` where it has not exactly `size` bytes or another checksum, and
    `MissingData` where the server cannot be reached.
    """
    opener = urllib.request.build_opener(_CheckedRedirects)
    try:
        with opener.open(checked_url(url), timeout=TIMEOUT) as answer:
            kept = _keep(answer, folder, url, size, sha256, bar)
    except (URLError, HTTPException, OSError) as error:
        if isinstance(error, HTTPError):
            error.close()  # it is the server's answer, with its socket
        raise MissingData(
            f"{url} could not be downloaded ({error}); try again, or put the file in "
            f"{folder} by hand"
        ) from error
    with _gone_afterwards(kept):
        yield kept


@contextmanager
def unpack(archive: Path, member: str, *, size: int, sha256: str) -> Iterator[Path]:
    """A member of a zip or tar archive, as a file beside it; gone afterwards.

    Only the member that is asked for is read, and only if it is a regular file: where it
    goes is never for the archive to say.
    """
    with ExitStack() as stack:
        try:
            stream = stack.enter_context(_open_member(archive, member, stack))
            kept = _keep(stream, archive.parent, member, size, sha256, None)
        except (KeyError, tarfile.TarError, zipfile.BadZipFile) as error:
            raise BadData(f"{member} cannot be read from its archive: {error}") from error
        stack.enter_context(_gone_afterwards(kept))
        yield kept


class _CheckedRedirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to where a download may begin."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        try:
            checked_url(newurl)
        except BadData:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _keep(
    stream: IO[bytes], folder: Path, source: str, size: int, sha256: str, bar: tqdm[Any] | None
) -> Path:
    """Copy the stream to a new file in `folder` and check it; leave nothing where it is wrong."""
    handle, name = tempfile.mkstemp(prefix=".part-", dir=folder)
    kept = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            got, digest = _copy(stream, file, size, bar)
        if got != size:
            raise BadData(f"{source} has {'more' if got > size else got} bytes, not {size}")
        if digest != sha256:
            raise BadData(f"{source} has the sha256 {digest}, not {sha256}")
    except BaseException:
        kept.unlink()
        raise
    kept.chmod(0o644)
    return kept


def _copy(stream: IO[bytes], file: IO[bytes], size: int, bar: tqdm[Any] | None) -> tuple[int, str]:
    """Bytes copied, at most one more than `size` of them read on, and their sha256."""
    digest, got = hashlib.sha256(), 0
    while got <= size and (chunk := stream.read(min(_CHUNK, size + 1 - got))):
        digest.update(chunk)
        file.write(chunk)
        got += len(chunk)
        if bar is not None:
            bar.update(len(chunk))
    return got, digest.hexdigest()


def _open_member(archive: Path, member: str, stack: ExitStack) -> IO[bytes]:
    if zipfile.is_zipfile(archive):
        return stack.enter_context(zipfile.ZipFile(archive)).open(member)
    tar = stack.enter_context(tarfile.TarFile.open(archive))
    info = tar.getmember(member)
    stream = tar.extractfile(info) if info.isreg() else None
    if stream is None:
        raise BadData(f"{member} is not a regular file in its archive")
    return stream


@contextmanager
def _gone_afterwards(path: Path) -> Iterator[None]:
    try:
        yield
    finally:
        # It has another name by now where all went well.
        with suppress(FileNotFoundError):
            path.unlink()
