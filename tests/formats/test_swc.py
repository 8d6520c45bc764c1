"""SWC: what a reader of the format may rely on, and nothing lost on the way there and back."""

import warnings

import networkx
import numpy as np
import pytest
from osteoid import Skeleton

from kimimaro.formats import (
    FormatError,
    FormatWarning,
    existing_labels,
    read_skeletons,
    read_unit,
    write_skeletons,
)
from kimimaro.formats.base import WriteOptions
from kimimaro.formats.swc import from_swc, to_swc


def rows(text):
    return [line.split() for line in text.splitlines() if line and not line.startswith("#")]


def graph(skeleton):
    """The skeleton as a graph of positions, which numbering cannot change."""
    points = [tuple(vertex) for vertex in np.asarray(skeleton.vertices).tolist()]
    made = networkx.Graph()
    made.add_nodes_from(
        (point, {"radius": float(radius), "type": int(kind)})
        for point, radius, kind in zip(points, skeleton.radii, skeleton.vertex_types, strict=True)
    )
    made.add_edges_from((points[a], points[b]) for a, b in skeleton.edges.tolist())
    return made


def test_nothing_is_lost_there_and_back(tmp_path, skeletons):
    dest = tmp_path / "new" / "out"
    write_skeletons(skeletons, dest)
    back = read_skeletons(dest)
    assert list(back) == sorted(skeletons)
    for label, skeleton in skeletons.items():
        assert back[label].id == label
        assert back[label].space == "physical"
        first, second = graph(skeleton), graph(back[label])
        assert dict(first.nodes(data=True)) == dict(second.nodes(data=True))
        assert {frozenset(e) for e in first.edges} == {frozenset(e) for e in second.edges}


def test_parents_come_first_and_numbers_run_from_one(skeletons):
    for skeleton in skeletons.values():
        table = rows(to_swc(skeleton))
        assert [int(row[0]) for row in table] == list(range(1, len(skeleton.vertices) + 1))
        assert all(int(row[6]) == -1 or 0 < int(row[6]) < int(row[0]) for row in table)
    assert sum(row[6] == "-1" for row in table) == 2  # one root for each of the two pieces


def test_the_root_is_the_thickest_vertex(skeletons):
    first = rows(to_swc(skeletons[5]))[0]
    assert [float(value) for value in first[2:5]] == [32, 0, 0]


def test_a_vertex_typed_as_soma_is_the_root(skeletons):
    skeletons[5].vertex_types[4] = 1
    first = rows(to_swc(skeletons[5]))[0]
    assert first[1] == "1"
    assert [float(value) for value in first[2:5]] == pytest.approx([48, 0, 40.1])


def test_the_wanted_root_wins(skeletons):
    skeletons[5].vertex_types[4] = 1
    options = WriteOptions(roots={5: (47.0, 15.0, 0.0)})
    first = rows(to_swc(skeletons[5], options=options))[0]
    assert [float(value) for value in first[2:5]] == [48, 16, 0]


def test_pieces_without_a_wanted_root_have_their_own(skeletons):
    (pieces,) = (skeleton for label, skeleton in skeletons.items() if label != 5)
    options = WriteOptions(roots={pieces.id: (0.0, 0.0, 0.0)})
    table = rows(to_swc(pieces, options=options))
    roots = [float(row[2]) for row in table if row[6] == "-1"]
    assert (len(table), roots) == (4, [0, 100])


def test_a_thick_root_is_a_soma(skeletons):
    assert rows(to_swc(skeletons[5], options=WriteOptions(soma_radius=19.9)))[0][1] == "1"
    assert rows(to_swc(skeletons[5], options=WriteOptions(soma_radius=20)))[0][1] == "3"
    first = WriteOptions(soma_radius=4.9, roots={5: (0, 0, 0)})
    assert [row[1] for row in rows(to_swc(skeletons[5], options=first))[:3]] == ["1", "3", "3"]
    assert skeletons[5].vertex_types[2] == 3  # the skeleton itself is left as it was


def test_a_loop_is_cut_with_a_warning(skeletons):
    looped = skeletons[5]
    looped.edges = np.concatenate([looped.edges, [[3, 4], [0, 1]]]).astype(np.uint32)
    with pytest.warns(FormatWarning, match="label 5: 1 edge"):
        text = to_swc(looped)
    assert len(rows(text)) == 5


def test_voxel_coordinates_are_made_physical():
    skeleton = Skeleton(
        np.array([[1, 2, 3]], dtype=np.float32),
        transform=np.diag([16, 16, 40, 1])[:3],
        space="voxel",
    )
    assert rows(to_swc(skeleton))[0][2:5] == ["16.0", "32.0", "120.0"]
    assert skeleton.space == "voxel"


def test_single_vertices_and_empty_skeletons(tmp_path):
    one = Skeleton(np.zeros((1, 3), dtype=np.float32), space="physical")
    write_skeletons({1: one, 2: Skeleton()}, tmp_path / "out", roots={2: (0, 0, 0)})
    back = read_skeletons(tmp_path / "out")
    assert (len(back[1].vertices), len(back[2].vertices)) == (1, 0)


def test_a_long_line_needs_no_recursion():
    count = 200_000
    line = np.column_stack([np.arange(count)] * 3).astype(np.float32)
    edges = np.column_stack([np.arange(count - 1), np.arange(1, count)]).astype(np.uint32)
    skeleton = Skeleton(line, edges, space="physical")
    assert len(rows(to_swc(skeleton))) == count


def test_reads_rows_in_any_order_numbering_and_spacing():
    text = "# made by hand\n\n 10\t3 0 0 1 NA 7 # tip\n7 1  0 0 0 5.5 -1\n"
    skeleton = from_swc(text)
    assert skeleton.vertices.tolist() == [[0, 0, 1], [0, 0, 0]]
    assert skeleton.edges.tolist() == [[1, 0]]
    assert skeleton.radii.tolist() == [-1, 5.5]
    assert skeleton.vertex_types.tolist() == [3, 1]


def test_rows_may_be_numbered_from_zero():
    skeleton = from_swc("0 1 0 0 0 5 -1\n1 0 0 0 1 1 0\n2 0 0 0 2 1 1\n")
    assert skeleton.edges.tolist() == [[0, 1], [1, 2]]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1 0 0 0 0 1\n", "line 1: .* is not a row"),
        ("1 0 0 0 zero 1 -1\n", "line 1: .* is not a row"),
        ("# a\n1 0 nan 0 0 1 -1\n", r"4\.swc, line 2: '1 0 nan .*' has a coordinate that is no"),
        ("1 0 0 0 -inf 1 -1\n", "line 1: .* has a coordinate that is no finite number"),
        ("1 0 0 1e39 0 1 -1\n", r"or above 3\.4e\+38; correct it, or remove the row"),
        ("1 0 0 0 0 1 -1\n2 0 0 0 1 1 9\n", "row 2 has the parent 9"),
        ("1 0 0 0 0 1 1\n", "row 1 has the parent 1"),
        ("1 0 0 0 0 1 -1\n1 0 0 0 1 1 -1\n", "same number"),
    ],
)
def test_refuses_damaged_rows(tmp_path, text, reason):
    (tmp_path / "4.swc").write_text(text)
    with pytest.raises(FormatError, match=reason):
        read_skeletons(tmp_path / "4.swc")


def test_refuses_what_is_no_text(tmp_path):
    (tmp_path / "4.swc").write_bytes(b"\x93NUMPY\x00\xff\xfe")
    with pytest.raises(FormatError, match="not a text file"):
        read_skeletons(tmp_path / "4.swc")


@pytest.mark.parametrize("text", ["", "\n"])
def test_refuses_an_empty_file(tmp_path, text):
    (tmp_path / "4.swc").write_text(text)
    with pytest.raises(FormatError, match=r"4\.swc is empty; it may have been cut off"):
        read_skeletons(tmp_path / "4.swc")


def test_labels_come_from_names_headers_and_else_are_numbered(tmp_path, skeletons):
    text = to_swc(skeletons[5])
    (tmp_path / "-3.swc").write_text(text)
    (tmp_path / "cell.SWC").write_text(f"\n{text}")
    (tmp_path / "other.swc").write_text("1 0 0 0 0 1 -1\n# label 9\n")
    (tmp_path / "._5.swc").write_bytes(b"\0")  # as macOS leaves them
    with pytest.warns(FormatWarning, match=r"other\.swc names no label; it becomes label 6"):
        assert set(read_skeletons(tmp_path)) == {-3, 5, 6}


def test_a_folder_without_skeletons(tmp_path):
    write_skeletons({}, tmp_path / "out")
    assert read_skeletons(tmp_path / "out") == {}
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(FormatError, match="no known kind of skeletons"):
        read_skeletons(tmp_path / "out")
    with pytest.raises(FormatError, match="a folder without SWC files"):
        read_skeletons(tmp_path / "out", format="swc")


def test_two_files_of_one_label_are_refused(tmp_path, skeletons):
    for name in ("5.swc", "cell.swc"):
        (tmp_path / name).write_text(to_swc(skeletons[5]))
    with pytest.raises(FormatError, match=r"cell\.swc holds label 5, which another file"):
        read_skeletons(tmp_path)


def test_the_label_is_that_of_the_mapping(tmp_path, skeletons):
    write_skeletons({9: skeletons[5]}, tmp_path / "cell.swc", roots={9: (0, 0, 0)})
    assert list(read_skeletons(tmp_path / "cell.swc")) == [9]
    first = rows((tmp_path / "cell.swc").read_text())[0]
    assert [float(value) for value in first[2:5]] == [0, 0, 0]


def test_a_single_file(tmp_path, skeletons):
    path = tmp_path / "cell.swc"
    write_skeletons({5: skeletons[5]}, path)
    assert list(read_skeletons(path)) == [5]
    with pytest.raises(FormatError, match="name a folder"):
        write_skeletons(skeletons, path)


def test_knows_which_labels_are_there(tmp_path, skeletons):
    assert existing_labels(tmp_path / "out") == set()
    write_skeletons(skeletons, tmp_path / "out")
    (tmp_path / "out" / ".9.swc.1234.part").write_text("half")
    assert existing_labels(tmp_path / "out") == set(skeletons)
    (tmp_path / "out" / "cell.swc").write_text(to_swc(skeletons[5], label=8))
    (tmp_path / "out" / "other.swc").write_text("1 0 0 0 0 1 -1\n")
    assert existing_labels(tmp_path / "out") == {8, *skeletons}
    assert existing_labels(tmp_path / "out" / "cell.swc") == {8}
    assert existing_labels(tmp_path / "out" / "other.swc") == {1}


def test_an_interruption_leaves_whole_files_only(tmp_path, skeletons):
    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_skeletons(skeletons, tmp_path / "out", advance=interrupt)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["5.swc"]
    assert existing_labels(tmp_path / "out") == {5}


def test_no_warning_for_trees(skeletons):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for skeleton in skeletons.values():
            to_swc(skeleton)


def test_labels_pass_over_what_is_nobodys_skeleton(tmp_path):
    (tmp_path / "7.swc").write_text("1 0 0 0 0 1 -1\n")
    (tmp_path / "cell.swc").write_text("# label 8\n1 0 0 0 0 1 -1\n")
    (tmp_path / "utf16.swc").write_text("# label 9\n", encoding="utf-16")
    (tmp_path / "folder.swc").mkdir()
    (tmp_path / "10.swc").mkdir()
    (tmp_path / "dangling.swc").symlink_to(tmp_path / "nowhere")
    assert existing_labels(tmp_path) == {7, 8}


def test_the_unit_stands_in_the_first_text(tmp_path):
    (tmp_path / "0.swc").mkdir()
    (tmp_path / "1.swc").write_text("# unit um\n", encoding="utf-16")
    assert read_unit(tmp_path) is None
    (tmp_path / "7.swc").write_text("# unit nm\n1 0 0 0 0 1 -1\n")
    assert read_unit(tmp_path) == "nm"
