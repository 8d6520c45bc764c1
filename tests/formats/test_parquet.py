"""Skeletons as Parquet tables, as pandas and DuckDB see them."""

import numpy as np
import pytest
from osteoid import Skeleton

from kimimaro.formats import FormatError, existing_labels, read_skeletons, write_skeletons

from .conftest import assert_same, truncate
from .test_npz_skeletons import ALL

pytest.importorskip("pyarrow")


def test_nothing_is_lost_there_and_back(tmp_path, measured):
    path = tmp_path / "a.parquet"
    for skeleton in measured.values():
        skeleton.transform = np.diag([16, 16, 40, 1])[:3]
        skeleton.add_vertex_attribute("normal", np.ones((len(skeleton.vertices), 3, 1)))
    for skeleton in measured.values():
        skeleton.normal = skeleton.normal[:, :, 0]
    write_skeletons(measured, path)
    back = read_skeletons(path)
    assert_same(measured, back, attributes=(*ALL, "normal"))
    assert np.array_equal(back[5].transform, measured[5].transform)
    kinds = [(a["id"], a["data_type"], a["num_components"]) for a in back[5].extra_attributes]
    assert {("depth", "float64", 1), ("normal", "float64", 3)} <= set(kinds)
    assert len(kinds) == len(ALL) + 1
    assert existing_labels(path) == set(measured)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.edges.parquet", "a.parquet"]


def test_pandas_reads_the_tables(tmp_path, skeletons):
    pandas = pytest.importorskip("pandas")
    write_skeletons(skeletons, tmp_path / "a.parquet")
    vertices = pandas.read_parquet(tmp_path / "a.parquet")
    assert vertices.label.tolist() == [5] * 5 + [2**63 + 1] * 4
    assert vertices.vertex.tolist() == [0, 1, 2, 3, 4, 0, 1, 2, 3]
    assert np.array_equal(vertices[["x", "y", "z"]].to_numpy()[:5], skeletons[5].vertices)
    assert vertices.radius.tolist()[:5] == [5, 6.5, 20, 3, 2]
    edges = pandas.read_parquet(tmp_path / "a.edges.parquet")
    assert edges[["a", "b"]].to_numpy()[:4].tolist() == skeletons[5].edges.tolist()


def test_duckdb_measures_the_cable(tmp_path, skeletons):
    duckdb = pytest.importorskip("duckdb")
    write_skeletons(skeletons, tmp_path / "a.parquet")
    rows = duckdb.sql(
        f"""
        SELECT e.label, sum(sqrt((p.x - q.x) ** 2 + (p.y - q.y) ** 2 + (p.z - q.z) ** 2))
        FROM '{tmp_path}/a.edges.parquet' e
        JOIN '{tmp_path}/a.parquet' p ON p.label = e.label AND p.vertex = e.a
        JOIN '{tmp_path}/a.parquet' q ON q.label = e.label AND q.vertex = e.b
        GROUP BY e.label
        """
    ).fetchall()
    expected = {label: skeleton.cable_length() for label, skeleton in skeletons.items()}
    assert dict(rows) == pytest.approx(expected)


def test_rows_may_be_sorted_and_filtered_by_other_programs(tmp_path, skeletons):
    pandas = pytest.importorskip("pandas")
    path = tmp_path / "a.parquet"
    write_skeletons(skeletons, path)
    pandas.read_parquet(path).query("label == 5").sort_values("x", ascending=False).to_parquet(path)
    edges = pandas.read_parquet(tmp_path / "a.edges.parquet").query("label == 5")
    edges.to_parquet(tmp_path / "a.edges.parquet")
    back = read_skeletons(path)
    assert list(back) == [5]
    assert existing_labels(path) == {5}
    assert np.array_equal(back[5].vertices, skeletons[5].vertices)
    assert np.array_equal(back[5].transform, np.eye(3, 4))


def test_negative_labels_and_empty_skeletons(tmp_path, skeletons):
    write_skeletons({-7: skeletons[5], 3: Skeleton(space="physical")}, tmp_path / "a.parquet")
    back = read_skeletons(tmp_path / "a.parquet")
    assert {label: len(skeleton.vertices) for label, skeleton in back.items()} == {-7: 5, 3: 0}


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("label", 1.5, r"a\.parquet has the label 1\.5; labels are whole numbers"),
        ("y", np.nan, r"a\.parquet: the skeleton 7 has its vertex 3 at \[48\.0, nan, 0\.0\]"),
    ],
)
def test_values_of_others_that_no_skeleton_has(tmp_path, skeletons, column, value, words):
    pandas = pytest.importorskip("pandas")
    path = tmp_path / "a.parquet"
    write_skeletons({7: skeletons[5]}, path)
    rows = pandas.read_parquet(path).astype({column: float})
    rows.loc[3, column] = value
    rows.to_parquet(path)
    with pytest.raises(FormatError, match=words):
        read_skeletons(path)


@pytest.mark.parametrize("label", [7, 2**63 + 2])
def test_edges_of_other_skeletons_are_refused(tmp_path, skeletons, label):
    write_skeletons({label: skeletons[5]}, tmp_path / "b.parquet")
    write_skeletons(skeletons, tmp_path / "a.parquet")
    (tmp_path / "b.edges.parquet").replace(tmp_path / "a.edges.parquet")
    with pytest.raises(FormatError, match="vertices and edges are of different skeletons"):
        read_skeletons(tmp_path / "a.parquet")


def test_a_missing_or_foreign_table_is_named(tmp_path, skeletons):
    path = tmp_path / "a.parquet"
    write_skeletons(skeletons, path)
    edges = tmp_path / "a.edges.parquet"
    with pytest.raises(FormatError, match="no table of vertices: the column 'vertex'"):
        read_skeletons(edges)
    edges.rename(tmp_path / "b.parquet")
    with pytest.raises(FormatError, match=r"a\.edges\.parquet, which belongs to .* is missing"):
        read_skeletons(path)


@pytest.mark.parametrize("name", ["a.parquet", "a.edges.parquet"])
@pytest.mark.parametrize("share", [0, 0.5, 0.98])
def test_damaged_files_give_one_sentence(tmp_path, skeletons, name, share):
    write_skeletons(skeletons, tmp_path / "a.parquet")
    truncate(tmp_path / name, share)
    with pytest.raises(FormatError, match="cannot be read as Parquet") as caught:
        read_skeletons(tmp_path / "a.parquet")
    assert "\n" not in str(caught.value)
