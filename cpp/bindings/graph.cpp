// The graph kernels for Python: flat arrays in and out, without the GIL.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/pair.h>

#include "../graph_join.hpp"
#include "../graph_loops.hpp"
#include "../graph_thin.hpp"
#include "../graph_ticks.hpp"
#include "arrays.hpp"
#include "supervise.hpp"

namespace nb = nanobind;

namespace kimimaro {
namespace {

using Vertices = nb::ndarray<const float, nb::shape<-1, 3>, nb::c_contig, nb::device::cpu>;
using Edges = nb::ndarray<const u32, nb::shape<-1, 2>, nb::c_contig, nb::device::cpu>;
using Radii = nb::ndarray<const float, nb::shape<-1>, nb::c_contig, nb::device::cpu>;

graph::Graph as_graph(const Vertices& vertices, const Edges& edges) {
  static_assert(sizeof(graph::Point) == 3 * sizeof(float));
  static_assert(sizeof(graph::Edge) == 2 * sizeof(u32));
  return {{reinterpret_cast<const graph::Point*>(vertices.data()), vertices.shape(0)},
          {reinterpret_cast<const graph::Edge*>(edges.data()), edges.shape(0)}};
}

std::span<const float> as_span(const Radii& radii) { return {radii.data(), radii.shape(0)}; }

using NewIndices = nb::ndarray<nb::numpy, u32, nb::shape<-1>, nb::c_contig>;
using NewEdges = nb::ndarray<nb::numpy, u32, nb::shape<-1, 2>, nb::c_contig>;
using NewSubgraph = std::pair<NewIndices, NewEdges>;

// Hands a vector's memory over to a NumPy array.
template <class Array, class T>
Array as_array(std::vector<T>&& values) {
  const auto [kept, owner] = owned(std::move(values));
  const size_t shape[2] = {kept->size(), 2};
  return Array(kept->data(), sizeof(T) / sizeof(u32), shape, owner);
}

NewSubgraph as_arrays(graph::Subgraph&& subgraph) {
  return {as_array<NewIndices>(std::move(subgraph.vertices)),
          as_array<NewEdges>(std::move(subgraph.edges))};
}

// Runs a kernel so that Ctrl-C ends it; small graphs without the thread that this takes.
template <class Kernel>
auto run(const graph::Graph& graph, Kernel&& kernel) {
  constexpr u64 kSmall = 4096;  // no kernel takes long for so many vertices
  Control control;
  decltype(kernel(control)) result;
  if (graph.vertices.size() <= kSmall) {
    const nb::gil_scoped_release released;
    result = kernel(control);
  } else {
    supervise(nb::none(), control, [&](const Control& c) { result = kernel(c); });
  }
  return result;
}

NewSubgraph consolidate(const Vertices& vertices, const Edges& edges) {
  const graph::Graph graph = as_graph(vertices, edges);
  return as_arrays(run(graph, [&](const Control& c) { return graph::consolidate(graph, c); }));
}

NewSubgraph drop_dust(const Vertices& vertices, const Edges& edges, double threshold) {
  const graph::Graph graph = as_graph(vertices, edges);
  return as_arrays(
      run(graph, [&](const Control& c) { return graph::drop_dust(graph, threshold, c); }));
}

NewSubgraph break_loops(const Vertices& vertices, const Edges& edges, const Radii& radii) {
  const graph::Graph graph = as_graph(vertices, edges);
  return as_arrays(
      run(graph, [&](const Control& c) { return graph::break_loops(graph, as_span(radii), c); }));
}

NewEdges join_components(const Vertices& vertices, const Edges& edges, const Radii& radii,
                         double radius, bool within_radii) {
  const graph::Graph graph = as_graph(vertices, edges);
  const graph::JoinRule rule{.radius = radius, .within_radii = within_radii};
  return as_array<NewEdges>(run(graph, [&](const Control& c) {
    return graph::join_components(graph, as_span(radii), rule, c);
  }));
}

NewSubgraph remove_ticks(const Vertices& vertices, const Edges& edges, double threshold) {
  const graph::Graph graph = as_graph(vertices, edges);
  return as_arrays(
      run(graph, [&](const Control& c) { return graph::remove_ticks(graph, threshold, c); }));
}

NewIndices thin(const Vertices& vertices, const Edges& edges, u64 factor) {
  const graph::Graph graph = as_graph(vertices, edges);
  return as_array<NewIndices>(
      run(graph, [&](const Control& c) { return graph::thin(graph, factor, c); }));
}

}  // namespace

void bind_graph(nb::module_& m) {
  using nb::arg;
  m.def("consolidate", &consolidate, arg("vertices"), arg("edges"),
        "Merge vertices at one place; return the vertices that stay, by place, and their edges.");
  m.def("drop_dust", &drop_dust, arg("vertices"), arg("edges"), arg("threshold"),
        "Drop components of no more cable; return the vertices that stay and their edges.");
  m.def("break_loops", &break_loops, arg("vertices"), arg("edges"), arg("radii"),
        "Make every component a tree; return the vertices that stay and their edges.");
  m.def("join_components", &join_components, arg("vertices"), arg("edges"), arg("radii"),
        arg("radius"), arg("within_radii"),
        "Return the edges that join the components, shortest first.");
  m.def("remove_ticks", &remove_ticks, arg("vertices"), arg("edges"), arg("threshold"),
        "Remove short terminal branches; return the vertices that stay and their edges.");
  m.def("thin", &thin, arg("vertices"), arg("edges"), arg("factor"),
        "Return the ends, the branch points and every so many-th vertex between them.");
}

}  // namespace kimimaro
