"""Slow, obvious versions of the graph kernels, and random skeletons to compare them on."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
from hypothesis import strategies as st
from osteoid import Skeleton


def skeleton(vertices, edges, radii=1.0, **attributes):
    """Return a physical skeleton whose vertex_types number its vertices."""
    vertices = np.asarray(vertices, dtype=np.float32).reshape(-1, 3)
    result = Skeleton(
        vertices,
        np.asarray(edges, dtype=np.uint32).reshape(-1, 2),
        radii=np.broadcast_to(np.asarray(radii, dtype=np.float32), len(vertices)).copy(),
        vertex_types=(np.arange(len(vertices)) % 256).astype(np.uint8),
        space="physical",
        segid=7,
    )
    for name, values in attributes.items():
        result.add_vertex_attribute(name, np.asarray(values))
    return result


def line(start, stop, count, **keywords):
    """Return a straight path of so many vertices."""
    edges = [(i, i + 1) for i in range(count - 1)]
    return skeleton(np.linspace(start, stop, count), edges, **keywords)


def ring(size, radius, tails=(), radii=1.0):
    """Return a ring of ``size`` vertices with a tail of a given length at some of them."""
    angle = np.arange(size) * 2 * np.pi / size
    around = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    vertices = [radius * around]
    edges = [(i, (i + 1) % size) for i in range(size)]
    for number, (at, length) in enumerate(tails):
        vertices.append((radius + length) * around[at : at + 1])
        edges.append((at, size + number))
    return skeleton(np.concatenate(vertices), edges, radii)


def as_graph(skel):
    """Return the skeleton as a networkx graph with the edges' lengths."""
    graph = nx.Graph()
    graph.add_nodes_from(range(len(skel.vertices)))
    vertices = np.asarray(skel.vertices, dtype=np.float64)
    for a, b in skel.edges.tolist():
        graph.add_edge(a, b, length=float(np.sqrt(((vertices[a] - vertices[b]) ** 2).sum())))
    return graph


def places(skel):
    """Return the vertices as a set of tuples."""
    return {tuple(v) for v in skel.vertices.tolist()}


def segments(skel):
    """Return the edges as a set of pairs of places."""
    ends = skel.vertices.tolist()
    return {frozenset((tuple(ends[a]), tuple(ends[b]))) for a, b in skel.edges.tolist()}


def pieces(skel):
    """Return the components as a set of sets of places."""
    ends = skel.vertices.tolist()
    components = nx.connected_components(as_graph(skel))
    return {frozenset(tuple(ends[v]) for v in component) for component in components}


def merged(skel):
    """Return a skeleton with one vertex per place and sorted, simple edges."""
    first = {}
    for v, place in enumerate(map(tuple, skel.vertices.tolist())):
        first.setdefault(place, v)
    ordered = sorted(first)
    number = {place: i for i, place in enumerate(ordered)}
    ends = [number[tuple(place)] for place in skel.vertices.tolist()]
    edges = sorted({tuple(sorted((ends[a], ends[b]))) for a, b in skel.edges.tolist()})
    kept = [first[place] for place in ordered]
    return skeleton(skel.vertices[kept], [(a, b) for a, b in edges if a != b], skel.radii[kept])


def ticks_removed(skel, threshold):
    """Return the segments left when the shortest tick is looked for again and again."""
    skel = merged(skel)
    graph = as_graph(skel)
    while True:
        ticks = []
        for tip in graph:
            if graph.degree(tip) != 1:
                continue
            branch, length = [tip], 0.0
            at, came = tip, None
            while at == tip or graph.degree(at) == 2:
                came, at = at, next(n for n in graph[at] if n != came)
                length += graph.edges[came, at]["length"]
                branch.append(at)
            if graph.degree(at) > 2 and length < threshold:
                ticks.append((length, tip, branch))
        if not ticks:
            return {
                frozenset((tuple(skel.vertices[a].tolist()), tuple(skel.vertices[b].tolist())))
                for a, b in graph.edges
            }
        graph.remove_nodes_from(min(ticks)[2][:-1])


def joins(skel, radius, within_radii):
    """Return the pairs that are joined if all pairs of vertices are tried, nearest first."""
    graph = as_graph(skel)
    vertices = skel.vertices.astype(np.float64)
    radii = np.maximum(skel.radii.astype(np.float64), 0)
    pairs = []
    for a, b in itertools.combinations(range(len(vertices)), 2):
        squared = float(((vertices[a] - vertices[b]) ** 2).sum())
        distance = np.sqrt(squared)
        if distance <= radius and (not within_radii or distance <= radii[a] + radii[b]):
            pairs.append((squared, a, b))
    together = nx.utils.UnionFind(graph)
    for a, b in graph.edges:
        together.union(a, b)
    result = []
    for _, a, b in sorted(pairs):
        if together[a] != together[b]:
            together.union(a, b)
            result.append((a, b))
    return result


def loops_broken(skel):
    """Return the places and segments left, knot by knot, in the words of remove_loops."""
    skel = merged(skel)
    graph = as_graph(skel)
    vertices = skel.vertices.astype(np.float64)
    radii = np.maximum(skel.radii.astype(np.float64), 0)
    knots = [set(map(frozenset, knot)) for knot in nx.biconnected_component_edges(graph)]
    knots = [knot for knot in knots if len(knot) > 1]
    looping = set().union(*knots) if knots else set()
    bridged = set()
    for component in nx.connected_components(graph):
        if any(frozenset(edge) not in looping for edge in graph.edges(component)):
            bridged |= component
    result, gone, ways = graph.copy(), set(), []
    for knot in knots:
        members = sorted(set().union(*knot))
        inside = nx.Graph([tuple(edge) for edge in knot])
        attached = {v for v in members if graph.degree(v) > inside.degree(v)}
        mean = vertices[members].mean(axis=0)
        apart = np.sqrt(((vertices[members] - mean) ** 2).sum(axis=1))
        if members[0] in bridged and (apart <= radii[members]).all():
            hub = members[int(np.argmin(apart))]
            result.remove_edges_from(inside.edges)
            gone |= set(members) - attached - {hub}
            result.add_edges_from((hub, v) for v in attached if v != hub)
            continue
        posts = attached | {v for v in members if inside.degree(v) != 2} or {members[0]}
        for post in sorted(posts):
            for step in sorted(inside[post]):
                way = [post, step]
                while way[-1] not in posts:
                    way.append(next(n for n in inside[way[-1]] if n != way[-2]))
                length = sum(graph.edges[edge]["length"] for edge in itertools.pairwise(way))
                if not any(
                    set(map(frozenset, itertools.pairwise(way)))
                    == set(map(frozenset, itertools.pairwise(other)))
                    for _, _, other in ways
                ):
                    ways.append((length, len(ways), way))
    together = nx.Graph()
    together.add_nodes_from(graph)
    closing = []
    for _, _, way in sorted(ways):
        if nx.has_path(together, way[0], way[-1]):
            closing.append(way)
        else:
            together.add_edge(way[0], way[-1])
    stays = set(graph) - gone - {v for way in closing for v in way[1:-1]}
    for way in closing:
        explained = all(
            any(np.sqrt(((vertices[v] - vertices[u]) ** 2).sum()) <= radii[u] for u in stays)
            for v in way[1:-1]
        )
        if way[0] in bridged and explained:
            result.remove_edges_from(itertools.pairwise(way))
            gone |= set(way[1:-1])
            continue
        lengths = np.cumsum([graph.edges[edge]["length"] for edge in itertools.pairwise(way)])
        cut = int(np.flatnonzero(lengths >= lengths[-1] / 2)[0])
        result.remove_edge(way[cut], way[cut + 1])
    result.remove_nodes_from(gone)
    place = [tuple(v) for v in skel.vertices.tolist()]
    return {place[v] for v in result}, {frozenset((place[a], place[b])) for a, b in result.edges}


@st.composite
def forests(draw, max_vertices=40):
    """Draw trees on a lattice: their cable lengths are whole numbers, many of them equal."""
    count = draw(st.integers(1, max_vertices))
    taken = [(0, 0, 0)]
    edges = []
    steps = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (-1, 0, 0), (0, -2, 0), (0, 0, -3)]
    for _ in range(count):
        at = draw(st.integers(0, len(taken) - 1))
        step = draw(st.sampled_from([*steps, (50, 50, 50)]))
        place = tuple(np.add(taken[at], step).tolist())
        if place in taken:
            continue
        if step != (50, 50, 50):  # that far away begins another tree
            edges.append((at, len(taken)))
        taken.append(place)
    radii = draw(st.lists(st.sampled_from([-1, 0, 0.5, 1, 2, 50]), min_size=1, max_size=5))
    return skeleton(taken, edges, np.resize(radii, len(taken)))


@st.composite
def graphs(draw, max_vertices=24):
    """Draw any graph on few places: several vertices at one place, loops, lone vertices."""
    coordinate = st.integers(0, 4)
    vertices = draw(st.lists(st.tuples(coordinate, coordinate, coordinate), max_size=max_vertices))
    edges = []
    if vertices:
        end = st.integers(0, len(vertices) - 1)
        edges = draw(st.lists(st.tuples(end, end), max_size=int(1.3 * len(vertices))))
    radii = draw(st.lists(st.sampled_from([-1, 0, 0.5, 1, 2, 5]), min_size=1, max_size=5))
    return skeleton(vertices, edges, np.resize(radii, len(vertices)))
