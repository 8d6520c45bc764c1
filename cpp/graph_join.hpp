// Joining components by their nearest vertices, nearest pair of components first.
#pragma once

#include "graph_places.hpp"

namespace kimimaro::graph {

struct JoinRule {
  double radius = std::numeric_limits<double>::infinity();  // the longest new edge
  bool within_radii = false;  // and no longer than the sum of its vertices' radii
};

namespace detail {

// A possible new edge. The order has no ties, so that the shortest set of them is unique.
struct Link {
  double squared = std::numeric_limits<double>::infinity();
  u32 a = ~0u, b = ~0u;
  friend auto operator<=>(const Link&, const Link&) = default;
};

// Boruvka's algorithm: in each round every component picks the shortest link that leaves it, so
// that there are at most half as many components in the next.
class Joiner {
 public:
  Joiner(const Graph& graph, std::span<const float> radii, JoinRule rule)
      : graph_(graph),
        rule_(rule),
        sets_(graph.vertices.size()),
        group_(graph.vertices.size()),
        known_(graph.vertices.size()),
        best_(graph.vertices.size()),
        places_(graph.vertices, radii, all(graph.vertices.size())) {
    for (const Edge& edge : graph.edges) sets_.join(edge.a, edge.b);
  }

  std::vector<Edge> run() {
    std::vector<Link> links;
    while (round(links)) {
    }
    std::sort(links.begin(), links.end());
    std::vector<Edge> edges;
    for (const Link& link : links) edges.push_back({link.a, link.b});
    return edges;
  }

 private:
  // What is known of the nearest vertex of another component.
  struct Known {
    double squared = 0;    // none is nearer than this
    u32 vertex = kNobody;  // the one at this distance
    bool none = false;     // there is none that the rule allows
  };
  static constexpr u32 kNobody = ~0u;

  static std::vector<u32> all(u64 size) {
    std::vector<u32> members(size);
    for (u64 v = 0; v < size; v++) members[v] = static_cast<u32>(v);
    return members;
  }

  bool round(std::vector<Link>& links) {
    for (u32 v = 0; v < group_.size(); v++) {
      group_[v] = sets_.find(v);
      best_[v] = Link();
    }
    places_.regroup(group_);
    // Links known from the last round first: they bound the searches.
    for (u32 v : places_.order())
      if (is_open(v)) offer(v);
    for (u32 v : places_.order())
      if (!is_open(v) && !known_[v].none && known_[v].squared <= best_[group_[v]].squared)
        look_around(v);
    const u64 before = links.size();
    for (u32 v = 0; v < group_.size(); v++) {
      const Link link = best_[v];
      if (link.a != ~0u && sets_.join(link.a, link.b)) links.push_back(link);
    }
    return links.size() > before;
  }

  // Whether the neighbour found earlier is still in another component.
  bool is_open(u32 v) const {
    return known_[v].vertex != kNobody && group_[known_[v].vertex] != group_[v];
  }

  void offer(u32 v) {
    const auto [a, b] = std::minmax(v, known_[v].vertex);
    Link& best = best_[group_[v]];
    best = std::min(best, Link{known_[v].squared, a, b});
  }

  void look_around(u32 v) {
    const Point p = graph_.vertices[v];
    const u32 group = group_[v];
    const double own = places_.radius(v);
    Link& best = best_[group];
    known_[v].vertex = kNobody;
    places_.search(
        p,
        [&](const Places::Node& node, double squared) {
          return node.group != group && squared <= best.squared &&
                 allowed(squared, own + node.radius);
        },
        [&](u32 w) {
          if (group_[w] == group) return;
          const double squared = squared_distance(p, graph_.vertices[w]);
          if (squared > best.squared || !allowed(squared, own + places_.radius(w))) return;
          const auto [a, b] = std::minmax(v, w);
          const Link link{squared, a, b};
          if (link > best) return;
          best = link;
          known_[v].vertex = w;
        });
    known_[v].squared = best.squared;
    known_[v].none = best.a == kNobody;
  }

  bool allowed(double squared, double radii) const {
    const double distance = std::sqrt(squared);
    return distance <= rule_.radius && (!rule_.within_radii || distance <= radii);
  }

  Graph graph_;
  JoinRule rule_;
  VertexSets sets_;
  std::vector<u32> group_;  // the component of each vertex, named after its lowest vertex
  std::vector<Known> known_;
  std::vector<Link> best_;  // of each component
  Places places_;
};

}  // namespace detail

// The edges that join the components, shortest first: each joins the two nearest vertices of two
// components that no shorter edge has joined yet. Radii may be left out where no rule needs them.
inline std::vector<Edge> join_components(const Graph& graph, std::span<const float> radii,
                                         JoinRule rule) {
  return detail::Joiner(graph, radii, rule).run();
}

}  // namespace kimimaro::graph
