"""A file of every known kind that is not what its name says: one sentence, no traceback."""

import pytest

from kimimaro.formats import SKELETON_FORMATS, VOLUME_FORMATS

VOLUMES = [suffix for known in VOLUME_FORMATS for suffix in known.suffixes]
SKELETONS = [suffix for known in SKELETON_FORMATS for suffix in known.suffixes]


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02 garbage \xff" * 50])
@pytest.mark.parametrize("suffix", VOLUMES)
def test_volumes(tmp_path, run, suffix, content):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    code, out, err = run("forge", path, "-o", tmp_path / "out")
    assert (code, out) == (2, "")
    assert err.startswith(f"Error: {path}")
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02 garbage \xff" * 50])
@pytest.mark.parametrize("suffix", SKELETONS)
@pytest.mark.parametrize("words", ["info {src}", "convert {src} {out}", "plot {src} -o {out}.png"])
def test_skeletons(tmp_path, run, suffix, words, content):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    code, out, err = run(*words.format(src=path, out=tmp_path / "out").split())
    assert (code, out) == (2, "")
    assert err.startswith("Error: ")
    assert str(path) in err
    assert err.count("\n") == 1
