// The graph kernels for Python: flat arrays in and out, without the GIL.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/pair.h>

#include "../graph_join.hpp"
#include "../graph_loops.hpp"
#include "../graph_thin.hpp"
#include "../graph_ticks.hpp"
#include "arrays.hpp"

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

template <class Kernel>
auto without_gil(Kernel&& kernel) {
  const nb::gil_scoped_release released;
  return kernel();
}

NewSubgraph consolidate(const Vertices& vertices, const Edges& edges) {
  return as_arrays(without_gil([&] { return graph::consolidate(as_graph(vertices, edges)); }));
}

NewSubgraph drop_dust(const Vertices& vertices, const Edges& edges, double threshold) {
  return as_arrays(
      without_gil([&] { return graph::drop_dust(as_graph(vertices, edges), threshold); }));
}

NewSubgraph break_loops(const Vertices& vertices, const Edges& edges, const Radii& radii) {
  return as_arrays(
      without_gil([&] { return graph::break_loops(as_graph(vertices, edges), as_span(radii)); }));
}

NewEdges join_components(const Vertices& vertices, const Edges& edges, const Radii& radii,
                         double radius, bool within_radii) {
  return as_array<NewEdges>(without_gil([&] {
    return graph::join_components(as_graph(vertices, edges), as_span(radii),
                                  {.radius = radius, .within_radii = within_radii});
  }));
}

NewSubgraph remove_ticks(const Vertices& vertices, const Edges& edges, double threshold) {
  return as_arrays(
      without_gil([&] { return graph::remove_ticks(as_graph(vertices, edges), threshold); }));
}

NewIndices thin(const Vertices& vertices, const Edges& edges, u64 factor) {
  return as_array<NewIndices>(
      without_gil([&] { return graph::thin(as_graph(vertices, edges), factor); }));
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
