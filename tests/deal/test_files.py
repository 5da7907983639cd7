"""What may be kept in a case, by its bytes."""

import io
import struct
import zipfile
import zlib

import pytest
from docx import Document

from keqiao.core.errors import BadInput
from keqiao.deal.sniffing import sniffed, without_jpeg_metadata, without_png_metadata

MIB = 2**20
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF"


def docx(**parts: bytes) -> bytes:
    out = io.BytesIO()
    Document().save(out)
    if parts:
        with zipfile.ZipFile(out, "a") as archive:
            for name, content in parts.items():
                archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", b"0" * 13)
    + chunk(b"tEXt", b"GPS 33.3,117.3")
    + chunk(b"IDAT", b"x")
    + chunk(b"IEND", b"")
)
JPEG = (
    b"\xff\xd8"
    + b"\xff\xe0\x00\x04JF"
    + b"\xff\xe1\x00\x08Exif\x00\x00"
    + b"\xff\xfe\x00\x06hide"
    + b"\xff\xda\x00\x02pixels\xff\xd9"
)


@pytest.mark.parametrize(
    ("name", "content", "mime"),
    [("说明.pdf", PDF, "application/pdf"), ("说明.DOCX", docx(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
     ("照片.jpg", JPEG, "image/jpeg"), ("照片.png", PNG, "image/png")],
)  # fmt: skip
def test_an_ordinary_file_is_kept_under_its_name(name: str, content: bytes, mime: str) -> None:
    kept = sniffed(name, content, most_bytes=MIB)

    assert (kept.name, kept.mime) == (name, mime)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("表.svg", b"<svg/>", "file.extension"),
        ("页.html", b"<html>", "file.extension"),
        ("表.xlsm", b"PK\x03\x04", "file.extension"),
        ("没有扩展名", PDF, "file.extension"),
        ("合同.exe.pdf", PDF, "file.double"),
        ("空.pdf", b"", "file.empty"),
        ("大.pdf", PDF + b"x" * MIB, "file.too-large"),
        ("假.pdf", b"MZ\x90", "file.disguised"),
        ("假.png", PDF, "file.disguised"),
        ("假.docx", PDF, "file.disguised"),
        ("锁.pdf", PDF + b"/Encrypt 5 0 R", "file.encrypted"),
        ("脚本.pdf", PDF + b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>", "file.active"),
        ("藏.pdf", PDF + b"/S/J#61vaScript ", "file.active"),
        ("宏.docx", docx(word__vbaProject_bin=b"x").replace(b"vbaProject_bin", b"vbaProject.bin"), "file.macro"),
        ("实体.docx", docx(word__x=b"1", **{"word__e.xml": b"<!DOCTYPE a>"}), "xml.dtd"),
        ("越界.docx", docx(**{"..__..__x": b"1"}), "zip.path"),
        ("旧宏.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "_VBA_PROJECT".encode("utf-16-le"), "file.macro"),
    ],
)  # fmt: skip
def test_what_runs_hides_or_pretends_is_refused_with_its_name(name: str, content: bytes, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        sniffed(name, content, most_bytes=MIB)

    assert refused.value.code == code
    assert name in refused.value.message


def test_a_path_in_the_name_is_only_a_name() -> None:
    assert sniffed("../../etc/说明.pdf", PDF, most_bytes=MIB).name == "说明.pdf"


def test_pictures_lose_where_they_were_taken() -> None:
    assert b"GPS" not in without_png_metadata(PNG)
    assert without_png_metadata(PNG).endswith(chunk(b"IEND", b""))
    clean = without_jpeg_metadata(JPEG)
    assert b"Exif" not in clean
    assert b"hide" not in clean
    assert clean.endswith(b"pixels\xff\xd9")
    assert b"JF" in clean
