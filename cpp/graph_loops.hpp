// Loops: a skeleton is made a forest again without losing a component or a place it explains.
#pragma once

#include "graph_places.hpp"

namespace kimimaro::graph {
namespace detail {

constexpr u32 kOutside = ~0u;

// The loops of a graph, in knots: maximal sets of edges of which any two lie on a common loop.
// Two knots share one vertex at most. The other edges, bridges, lie on no loop.
class Knots {
 public:
  Knots(const Graph& graph, const Control& control)
      : adjacency_(graph),
        entered_(graph.vertices.size()),
        lowest_(graph.vertices.size()),
        knot_of_(graph.edges.size(), kOutside) {
    for (u32 v = 0; v < graph.vertices.size(); v++)
      if (!entered_[v]) traverse(v, control);
  }

  const Adjacency& adjacency() const { return adjacency_; }
  const std::vector<std::vector<u32>>& knots() const { return knots_; }  // edges, ascending
  u32 knot_of(u32 edge) const { return knot_of_[edge]; }

 private:
  struct Visit {
    u32 vertex, edge;  // and the edge it was reached by
    u32 next = 0;      // how many of its edges have been looked at
  };

  // Depth first; lowest_ is the earliest vertex that the later ones reach back to. When they
  // reach no further back than to the vertex they were entered from, they end a knot.
  void traverse(u32 root, const Control& control) {
    std::vector<Visit> visits{{root, kOutside}};
    entered_[root] = lowest_[root] = ++clock_;
    for (;;) {
      control.check();
      Visit& visit = visits.back();
      const u32 v = visit.vertex, edge = visit.edge;
      if (visit.next < adjacency_.degree(v)) {
        const auto step = adjacency_.at(v)[visit.next++];
        if (step.edge == edge) continue;
        if (!entered_[step.vertex]) {
          entered_[step.vertex] = lowest_[step.vertex] = ++clock_;
          open_.push_back(step.edge);
          visits.push_back({step.vertex, step.edge});
        } else if (entered_[step.vertex] < entered_[v]) {
          open_.push_back(step.edge);
          lowest_[v] = std::min(lowest_[v], entered_[step.vertex]);
        }
        continue;
      }
      visits.pop_back();
      if (visits.empty()) return;
      const u32 parent = visits.back().vertex;
      lowest_[parent] = std::min(lowest_[parent], lowest_[v]);
      if (lowest_[v] >= entered_[parent]) close(edge, control);
    }
  }

  void close(u32 edge, const Control& control) {
    auto begin = open_.end();
    do --begin;
    while (*begin != edge);
    if (open_.end() - begin > 1) {
      for (auto e = begin; e != open_.end(); ++e) knot_of_[*e] = static_cast<u32>(knots_.size());
      knots_.emplace_back(begin, open_.end());
      std::sort(knots_.back().begin(), knots_.back().end(), [&](u32 a, u32 b) {
        control.check();
        return a < b;
      });
    }
    open_.erase(begin, open_.end());
  }

  Adjacency adjacency_;
  std::vector<u32> entered_, lowest_;
  std::vector<u32> knot_of_;
  u32 clock_ = 0;
  std::vector<u32> open_;
  std::vector<std::vector<u32>> knots_;
};

class LoopBreaker {
 public:
  LoopBreaker(const Graph& graph, std::span<const float> radii, const Control& control)
      : graph_(graph),
        radii_(radii),
        control_(control),
        knots_(graph, control),
        components_(label_vertices(graph, control)),
        has_bridge_(components_.count),
        kept_(graph.vertices.size(), true),
        cut_(graph.edges.size()),
        walked_(graph.edges.size()),
        degree_(graph.vertices.size()) {
    for (u32 e = 0; e < graph.edges.size(); e++)
      if (knots_.knot_of(e) == kOutside) has_bridge_[components_.of[graph.edges[e].a]] = true;
  }

  Subgraph run() {
    for (const std::vector<u32>& knot : knots_.knots()) {
      control_.check();
      for (u32 e : knot) degree_[graph_.edges[e].a]++, degree_[graph_.edges[e].b]++;
      const std::vector<u32> vertices = vertices_of(knot);
      if (!collapse(knot, vertices)) find_ways(knot, vertices);
      for (u32 v : vertices) degree_[v] = 0;
    }
    cut_longest_ways();
    std::vector<Edge> edges;
    for (u32 e = 0; e < graph_.edges.size(); e++)
      if (!cut_[e]) edges.push_back(graph_.edges[e]);
    edges.insert(edges.end(), spokes_.begin(), spokes_.end());
    return keep_vertices(edges, kept_);
  }

 private:
  // A path between two posts: vertices of a knot where ways meet or something is attached.
  struct Way {
    double length = 0;
    u32 from = 0, to = 0;
    u64 first = 0, last = 0;  // its steps
  };

  const Adjacency& adjacency() const { return knots_.adjacency(); }
  bool is_attached(u32 v) const { return adjacency().degree(v) > degree_[v]; }

  std::vector<u32> vertices_of(const std::vector<u32>& knot) const {
    std::vector<u32> vertices;
    for (u32 e : knot) {
      vertices.push_back(graph_.edges[e].a);
      vertices.push_back(graph_.edges[e].b);
    }
    std::sort(vertices.begin(), vertices.end(), [&](u32 a, u32 b) {
      control_.check();
      return a < b;
    });
    vertices.erase(std::unique(vertices.begin(), vertices.end()), vertices.end());
    return vertices;
  }

  // Replaces a knot inside the lumen by spokes from its middle to whatever is attached to it.
  // A component that is nothing but loops is left alone, as nothing might remain of it.
  bool collapse(const std::vector<u32>& knot, const std::vector<u32>& vertices) {
    if (!has_bridge_[components_.of[vertices.front()]]) return false;
    const u32 hub = find_middle(vertices);
    if (hub == kOutside) return false;
    for (u32 e : knot) cut_[e] = true;
    for (u32 v : vertices) {
      if (v == hub) continue;
      if (is_attached(v))
        spokes_.push_back({hub, v});
      else
        kept_[v] = false;
    }
    return true;
  }

  // The vertex nearest to the mean of the vertices if that mean is inside the balls around all
  // of them: then any line between two of them is inside their balls, and so in the lumen.
  u32 find_middle(const std::vector<u32>& vertices) const {
    std::array<double, 3> mean{};
    for (u32 v : vertices) {
      mean[0] += graph_.vertices[v].x;
      mean[1] += graph_.vertices[v].y;
      mean[2] += graph_.vertices[v].z;
    }
    for (double& coordinate : mean) coordinate /= static_cast<double>(vertices.size());
    u32 nearest = kOutside;
    double shortest = std::numeric_limits<double>::infinity();
    for (u32 v : vertices) {
      const double x = graph_.vertices[v].x - mean[0];
      const double y = graph_.vertices[v].y - mean[1];
      const double z = graph_.vertices[v].z - mean[2];
      const double length = std::sqrt(x * x + y * y + z * z);
      if (length > radii_[v]) return kOutside;
      if (length < shortest) {
        shortest = length;
        nearest = v;
      }
    }
    return nearest;
  }

  void find_ways(const std::vector<u32>& knot, const std::vector<u32>& vertices) {
    const u32 number = knots_.knot_of(knot.front());
    const u64 before = ways_.size();
    for (u32 v : vertices)
      if (degree_[v] != 2 || is_attached(v)) walk_from(v, number);
    // A ring that nothing is attached to has no post; its lowest vertex serves as one.
    if (ways_.size() == before) walk_from(vertices.front(), number);
  }

  void walk_from(u32 post, u32 knot) {
    for (auto step : adjacency().at(post)) {
      if (knots_.knot_of(step.edge) != knot || walked_[step.edge]) continue;
      Way way{.from = post, .first = steps_.size()};
      for (u32 at = post;;) {
        control_.check();
        walked_[step.edge] = true;
        steps_.push_back(step);
        way.length += distance(graph_.vertices[at], graph_.vertices[step.vertex]);
        at = step.vertex;
        if (at == post || degree_[at] != 2 || is_attached(at)) break;
        const auto steps = adjacency().at(at);
        step = steps[0].edge == step.edge ? steps[1] : steps[0];
      }
      way.to = step.vertex;
      way.last = steps_.size();
      ways_.push_back(way);
    }
  }

  // The shortest ways keep everything together; each of the others closes a loop of which it is
  // the longest. It goes if the lumen of what stays explains it, else it is opened half-way.
  void cut_longest_ways() {
    std::stable_sort(ways_.begin(), ways_.end(), [&](const Way& a, const Way& b) {
      control_.check();
      return a.length < b.length;
    });
    DisjointSets sets(graph_.vertices.size());
    std::vector<Way> closing;
    std::vector<bool> stays = kept_;
    for (const Way& way : ways_) {
      control_.check();
      if (sets.join(way.from, way.to)) continue;
      closing.push_back(way);
      for (u64 i = way.first; i + 1 < way.last; i++) stays[steps_[i].vertex] = false;
    }
    if (closing.empty()) return;
    std::vector<u32> members;
    for (u32 v = 0; v < stays.size(); v++)
      if (stays[v]) members.push_back(v);
    const Places lumen(graph_.vertices, radii_, std::move(members), control_);
    for (const Way& way : closing) {
      control_.check();
      if (has_bridge_[components_.of[way.from]] && is_explained(way, lumen))
        drop(way);
      else
        open(way);
    }
  }

  bool is_explained(const Way& way, const Places& lumen) const {
    for (u64 i = way.first; i + 1 < way.last; i++) {
      control_.check();
      if (!lumen.cover(graph_.vertices[steps_[i].vertex])) return false;
    }
    return true;
  }

  void drop(const Way& way) {
    for (u64 i = way.first; i < way.last; i++) {
      cut_[steps_[i].edge] = true;
      if (i + 1 < way.last) kept_[steps_[i].vertex] = false;
    }
  }

  void open(const Way& way) {
    double walked = 0;
    u64 i = way.first;
    for (; i + 1 < way.last; i++) {
      walked += length(graph_, graph_.edges[steps_[i].edge]);
      if (walked >= way.length / 2) break;
    }
    cut_[steps_[i].edge] = true;
  }

  Graph graph_;
  std::span<const float> radii_;
  const Control& control_;
  Knots knots_;
  Components components_;
  std::vector<bool> has_bridge_;  // of each component
  std::vector<bool> kept_;        // of each vertex
  std::vector<bool> cut_;         // of each edge
  std::vector<bool> walked_;      // of each edge
  std::vector<u32> degree_;       // of each vertex, in the knot at hand
  std::vector<Edge> spokes_;
  std::vector<Adjacency::Step> steps_;
  std::vector<Way> ways_;
};

}  // namespace detail

// Breaks every loop, so that each component becomes a tree and stays in one piece.
// - A knot of loops inside the lumen, which is where the mean of its vertices lies within the
//   radius of each of them, collapses to its middle.
// - Another one is cut at its longest way round between two branch points: the way is dropped if
//   every vertex of it lies within the radius of a vertex that stays, else opened half-way.
// - A component that is nothing but loops is only opened.
inline Subgraph break_loops(const Graph& graph, std::span<const float> radii,
                            const Control& control) {
  return detail::LoopBreaker(graph, radii, control).run();
}

}  // namespace kimimaro::graph
