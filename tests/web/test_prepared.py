"""The archive of Streamlit's static files, compressed once for each version of them."""

import gzip
import os
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import brotli
import pytest
from streamlit.file_util import get_static_dir

from ror.settings import settings
from ror.web.server import encodings, modules, prepared

SCRIPT = b"export const answer = 'forty-two';\n" * 100


@pytest.fixture
def small_streamlit(tmp_path, monkeypatch):
    """Replace Streamlit by a few files, and the folder of the archives by one of the test; return the folder of the scripts."""
    scripts = tmp_path / "streamlit/static/js"
    scripts.mkdir(parents=True)
    (scripts / "a.1.js").write_bytes(SCRIPT)
    (scripts / "tiny.2.js").write_bytes(b"x")
    (scripts / "picture.3.png").write_bytes(SCRIPT)
    monkeypatch.setattr(prepared, "get_static_dir", lambda: str(tmp_path / "streamlit"))
    monkeypatch.setattr(prepared, "FOLDER", tmp_path / "share")
    monkeypatch.setattr(modules, "of_first_screens", frozenset)
    return scripts


def prepared_files():
    files = prepared.PreparedFiles()
    files.prepare()
    return files


def archives(folder=None):
    return sorted((folder or prepared.FOLDER).iterdir())


def test_a_file_is_there_in_each_encoding_that_makes_it_smaller(small_streamlit):
    files = prepared_files()
    assert brotli.decompress(files.content("js/a.1.js", "br")[0]) == SCRIPT
    assert gzip.decompress(files.content("js/a.1.js", "gzip")[0]) == SCRIPT
    assert files.content("js/a.1.js", "") is None
    for other in ("js/tiny.2.js", "js/picture.3.png", "js/unknown.js", "../a.1.js", ""):
        assert files.content(other, "br") is None


def test_each_encoding_has_an_etag_of_its_own_which_every_server_gives(small_streamlit):
    first, tags = prepared_files(), set()
    for encoding in encodings.ENCODINGS:
        tags.add(first.content("js/a.1.js", encoding)[1])
    (path,) = archives()
    path.unlink()
    second = prepared_files()
    assert {second.content("js/a.1.js", encoding)[1] for encoding in encodings.ENCODINGS} == tags
    assert len(tags) == 2


def test_a_second_server_uses_the_archive_of_the_first(small_streamlit, monkeypatch):
    prepared_files()
    monkeypatch.setattr(prepared, "write", lambda _: pytest.fail("written again"))
    files = prepared.PreparedFiles()
    files.start()
    assert files.content("js/a.1.js", "br")


def test_what_is_loaded_first_is_compressed_best(small_streamlit, monkeypatch):
    qualities, compress = {}, encodings.compress

    def record(content, encoding, quality):
        qualities[content] = quality
        return compress(content, encoding, quality)

    monkeypatch.setattr(modules, "of_first_screens", lambda: {"a.1.js"})
    monkeypatch.setattr(encodings, "compress", record)
    prepared_files()
    assert qualities == {SCRIPT: 11, b"x": 9}


def test_other_files_give_another_archive(small_streamlit):
    prepared_files()
    (small_streamlit / "a.1.js").rename(small_streamlit / "a.9.js")
    files = prepared_files()
    assert files.content("js/a.9.js", "br")
    assert files.content("js/a.1.js", "br") is None
    assert len(archives()) == 2


def test_a_new_version_of_streamlit_gives_another_archive(small_streamlit, monkeypatch):
    before = prepared.archive()
    monkeypatch.setattr(prepared.streamlit, "__version__", "9.9.9")
    assert prepared.archive() != before


def test_without_a_folder_to_write_in_the_files_are_in_memory(small_streamlit, monkeypatch, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setattr(prepared, "FOLDER", tmp_path / "file/share")
    assert brotli.decompress(prepared_files().content("js/a.1.js", "br")[0]) == SCRIPT


def test_a_server_starts_without_waiting_and_has_nothing_compressed_meanwhile(small_streamlit, monkeypatch):
    written, writing = threading.Event(), prepared.write

    def slow(target):
        written.wait(20)
        writing(target)

    monkeypatch.setattr(prepared, "write", slow)
    files = prepared.PreparedFiles()
    files.start()
    assert files.content("js/a.1.js", "br") is None
    written.set()
    limit = time.monotonic() + 20
    while files.content("js/a.1.js", "br") is None and time.monotonic() < limit:
        time.sleep(0.01)
    assert files.content("js/a.1.js", "br")


def test_what_fails_half_way_leaves_nothing_behind(small_streamlit, monkeypatch):
    def fail(target):
        target.write(b"half")
        raise MemoryError

    monkeypatch.setattr(prepared, "write", fail)
    with pytest.raises(MemoryError):
        prepared_files()
    assert archives() == []


KILLED = """
import os, sys
from pathlib import Path
from ror.web.server import prepared
prepared.FOLDER = Path(sys.argv[1])
prepared.write = lambda target: (target.write(b"half"), target.flush(), os._exit(9))
prepared.PreparedFiles().prepare()
"""


def test_a_server_that_is_killed_half_way_leaves_no_archive(small_streamlit):
    assert subprocess.run([sys.executable, "-c", KILLED, prepared.FOLDER], check=False).returncode == 9
    (half,) = archives()
    assert prepared_files().content("js/a.1.js", "br")
    assert half.exists(), "it may belong to a server that is still writing"
    os.utime(half, (0, 0))
    prepared.archive().unlink()
    prepared_files()
    assert archives() == [prepared.archive()]


@pytest.mark.parametrize("damage", [b"", b"no archive"])
def test_a_damaged_archive_is_written_again(small_streamlit, damage):
    prepared_files()
    prepared.archive().write_bytes(damage)
    assert prepared_files().content("js/a.1.js", "br")


def test_a_damaged_entry_is_not_served(small_streamlit):
    prepared_files()
    path = prepared.archive()
    with zipfile.ZipFile(path) as archived:
        start = archived.getinfo("br/js/a.1.js").header_offset
        content = archived.read("br/js/a.1.js")
    data = bytearray(path.read_bytes())
    place = data.index(content, start)
    data[place] ^= 0xFF
    path.write_bytes(data)
    files = prepared_files()
    assert files.content("js/a.1.js", "br") is None
    assert files.content("js/a.1.js", "gzip")


def test_two_servers_may_write_at_once(small_streamlit, monkeypatch):
    barrier, writing = threading.Barrier(2, timeout=20), prepared.write

    def together(target):
        writing(target)
        barrier.wait()

    monkeypatch.setattr(prepared, "write", together)
    both = [prepared.PreparedFiles() for _ in range(2)]
    threads = [threading.Thread(target=files.prepare) for files in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(files.content("js/a.1.js", "br") for files in both)
    assert archives() == [prepared.archive()]


def test_the_files_of_the_first_screens_are_small():
    """The files that the form loads take 0.7 MB with its font; uncompressed, their scripts alone take 2.1 MB."""
    files, folder = prepared_files(), Path(get_static_dir()) / "static/js"

    def size(names, encoding):
        contents = [(files.content(f"js/{name}", encoding), (folder / name).stat().st_size) for name in names]
        return sum(len(content[0]) if content else whole for content, whole in contents)

    form = modules.of_page() | modules.of_form()
    assert size(form, "br") < 450_000
    assert size(form, "gzip") < 540_000
    assert size(modules.of_screens(), "br") < 600_000


def test_the_text_of_a_chip_is_black_on_blue_and_amber_and_white_on_the_darker_bands():
    (script,) = (Path(get_static_dir()) / "static/js").glob("DataFrame.*.js")
    changed, places = prepared.INK.subn(prepared.EVEN_INK, script.read_bytes())
    # One for the chip on the canvas, two for the list of a cell that is open.
    assert places == 3
    assert changed.count(b">" + prepared.EVEN_INK) == 3
    for band in settings().age_bands:
        light = luminance(band.colour) > float(prepared.EVEN_INK)
        assert light == (luminance(band.ink) == 0), band


def luminance(colour):
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
