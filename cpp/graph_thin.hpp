// Thins a skeleton: of each unbranched stretch every so many-th vertex stays.
#pragma once

#include "graph.hpp"

namespace kimimaro::graph {

// The vertices that stay: ends, branch points, vertices without an edge, and on each stretch every
// factor-th, counted from the side of its component's lowest end; of a loop, from its lowest
// vertex.
inline std::vector<u32> thin(const Graph& graph, u64 factor, const Control& control) {
  const Adjacency adjacency(graph);
  const u32 size = static_cast<u32>(graph.vertices.size());
  std::vector<u64> steps(size);  // from the last vertex that stays for itself
  std::vector<bool> seen(size), stays(size);
  std::vector<u32> left;
  auto walk = [&](u32 from) {
    if (seen[from]) return;
    seen[from] = stays[from] = true;
    for (left.push_back(from); !left.empty();) {
      control.check();
      const u32 v = left.back();
      left.pop_back();
      for (const Adjacency::Step& step : adjacency.at(v)) {
        if (seen[step.vertex]) continue;
        seen[step.vertex] = true;
        steps[step.vertex] = adjacency.degree(step.vertex) == 2 ? steps[v] + 1 : 0;
        stays[step.vertex] = steps[step.vertex] % factor == 0;
        left.push_back(step.vertex);
      }
    }
  };
  for (u32 v = 0; v < size; v++)
    if (adjacency.degree(v) < 2) walk(v);
  for (u32 v = 0; v < size; v++) walk(v);
  std::vector<u32> kept;
  for (u32 v = 0; v < size; v++)
    if (stays[v]) kept.push_back(v);
  return kept;
}

}  // namespace kimimaro::graph
