"""Text files, packed by gzip or not, read within a limit of unpacked bytes."""

import gzip
import io
import zlib
from typing import IO, cast

from keqiao.registry.intake.guards import Limits, weight
from keqiao.registry.intake.refusals import BadFile
from keqiao.registry.intake.sources import Opener


class _Counted(io.RawIOBase):
    """Bytes of a packed file, refused when they grow beyond `limit` or turn out to be broken."""

    def __init__(self, inner: IO[bytes], file: IO[bytes], name: str, limit: int | None) -> None:
        self._inner, self._file, self._name, self._limit, self._seen = inner, file, name, limit, 0

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
            self._file.close()
        super().close()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object, /) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # RawIOBase hands over a writable buffer
        try:
            chunk = self._inner.read(len(view))
        except (EOFError, OSError, zlib.error) as broken:
            raise BadFile(
                "gzip.broken",
                f"压缩文件“{self._name}”已损坏或没有传完。请重新复制或下载，确认能解压后再导入。",
            ) from broken
        view[: len(chunk)] = chunk
        self._seen += len(chunk)
        if self._limit is not None and self._seen > self._limit:
            raise BadFile(
                "zip.too-large",
                f"文件“{self._name}”展开后超过 {weight(self._limit)}。请拆成几个文件分别导入。",
            )
        return len(chunk)


def open_bytes(open_file: Opener, name: str, limits: Limits) -> io.BufferedReader:
    """The unpacked bytes of a plain or gzip-packed file, from the start."""
    file = open_file()
    if not name.lower().endswith(".gz"):
        return io.BufferedReader(_Counted(file, file, name, limits.max_unpacked), 1 << 18)
    unpacked = cast(
        IO[bytes], gzip.GzipFile(fileobj=file)
    )  # reads bytes, but its class is no IO for the checker
    return io.BufferedReader(_Counted(unpacked, file, name, limits.max_unpacked), 1 << 18)
