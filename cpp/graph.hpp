// A skeleton as a graph: vertices in space, undirected edges; and the words its kernels share.
#pragma once

#include <cmath>
#include <limits>
#include <span>
#include <tuple>
#include <utility>

#include "sets.hpp"

namespace kimimaro::graph {

struct Point {
  float x = 0, y = 0, z = 0;
  friend auto operator<=>(const Point&, const Point&) = default;
};

struct Edge {
  u32 a = 0, b = 0;
  friend auto operator<=>(const Edge&, const Edge&) = default;
};

// Both ends of every edge are below vertices.size(). Kernels that follow paths expect what
// consolidate() leaves: no edge from a vertex to itself, none twice.
struct Graph {
  std::span<const Point> vertices;
  std::span<const Edge> edges;
};

// Some vertices of a graph, ascending unless said otherwise, and edges between them, which count
// by position in this list.
struct Subgraph {
  std::vector<u32> vertices;
  std::vector<Edge> edges;
};

// The sums are rounded in one order everywhere, so that equal distances compare equal.
inline double squared_distance(Point a, Point b) {
  const double x = static_cast<double>(a.x) - b.x;
  const double y = static_cast<double>(a.y) - b.y;
  const double z = static_cast<double>(a.z) - b.z;
  return x * x + y * y + z * z;
}

inline double distance(Point a, Point b) { return std::sqrt(squared_distance(a, b)); }

inline double length(const Graph& graph, Edge edge) {
  return distance(graph.vertices[edge.a], graph.vertices[edge.b]);
}

// The edges at each vertex, in the order of the edges.
class Adjacency {
 public:
  struct Step {
    u32 vertex, edge;
  };

  explicit Adjacency(const Graph& graph)
      : first_(graph.vertices.size() + 1), steps_(2 * graph.edges.size()) {
    for (const Edge& edge : graph.edges) {
      assert(edge.a < graph.vertices.size() && edge.b < graph.vertices.size());
      first_[edge.a + 1]++;
      first_[edge.b + 1]++;
    }
    for (u64 v = 1; v < first_.size(); v++) first_[v] += first_[v - 1];
    std::vector<u64> next(first_.begin(), first_.end() - 1);
    for (u32 e = 0; e < graph.edges.size(); e++) {
      const Edge edge = graph.edges[e];
      steps_[next[edge.a]++] = {edge.b, e};
      steps_[next[edge.b]++] = {edge.a, e};
    }
  }
  std::span<const Step> at(u32 v) const {
    return {steps_.data() + first_[v], steps_.data() + first_[v + 1]};
  }
  u32 degree(u32 v) const { return static_cast<u32>(first_[v + 1] - first_[v]); }

 private:
  std::vector<u64> first_;
  std::vector<Step> steps_;
};

// The component of each vertex, numbered in the order of their lowest vertices.
struct Components {
  std::vector<u32> of;
  u32 count = 0;
};

inline Components label_vertices(const Graph& graph, const Control& control) {
  const u64 size = graph.vertices.size();
  DisjointSets sets(size);
  for (const Edge& edge : graph.edges) {
    control.check();
    sets.join(edge.a, edge.b);
  }
  Components components{.of = std::vector<u32>(size)};
  for (u32 v = 0; v < size; v++) {
    const u32 root = sets.find(v);
    components.of[v] = root == v ? components.count++ : components.of[root];
  }
  return components;
}

// The vertices that are kept and those of the edges that join two of them.
inline Subgraph keep_vertices(std::span<const Edge> edges, const std::vector<bool>& kept) {
  Subgraph result;
  std::vector<u32> number(kept.size());
  for (u32 v = 0; v < kept.size(); v++) {
    if (!kept[v]) continue;
    number[v] = static_cast<u32>(result.vertices.size());
    result.vertices.push_back(v);
  }
  for (const Edge& edge : edges)
    if (kept[edge.a] && kept[edge.b]) result.edges.push_back({number[edge.a], number[edge.b]});
  return result;
}

// Merges the vertices that share a place into the first of them, drops edges that lead nowhere
// and repeated ones. Vertices and edges come out sorted, by place and by vertex, so that the
// result depends on the order of the input only where merged vertices differ in attributes.
inline Subgraph consolidate(const Graph& graph, const Control& control) {
  const u64 size = graph.vertices.size();
  std::vector<u32> order(size), number(size);
  for (u32 v = 0; v < size; v++) order[v] = v;
  std::sort(order.begin(), order.end(), [&](u32 a, u32 b) {
    control.check();
    const auto order_of_places = graph.vertices[a] <=> graph.vertices[b];
    return order_of_places < 0 || (order_of_places == 0 && a < b);
  });
  Subgraph result;
  for (u32 v : order) {
    if (result.vertices.empty() || graph.vertices[result.vertices.back()] != graph.vertices[v])
      result.vertices.push_back(v);
    number[v] = static_cast<u32>(result.vertices.size() - 1);
  }
  result.edges.reserve(graph.edges.size());
  for (const Edge& edge : graph.edges) {
    const auto [a, b] = std::minmax(number[edge.a], number[edge.b]);
    if (a != b) result.edges.push_back({a, b});
  }
  std::sort(result.edges.begin(), result.edges.end(), [&](const Edge& a, const Edge& b) {
    control.check();
    return a < b;
  });
  result.edges.erase(std::unique(result.edges.begin(), result.edges.end()), result.edges.end());
  return result;
}

// Drops the components whose cable is no longer than the threshold.
inline Subgraph drop_dust(const Graph& graph, double threshold, const Control& control) {
  const Components components = label_vertices(graph, control);
  std::vector<double> cable(components.count);
  for (const Edge& edge : graph.edges) cable[components.of[edge.a]] += length(graph, edge);
  std::vector<bool> kept(graph.vertices.size());
  for (u64 v = 0; v < kept.size(); v++) kept[v] = cable[components.of[v]] > threshold;
  return keep_vertices(graph.edges, kept);
}

}  // namespace kimimaro::graph
