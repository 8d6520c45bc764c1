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
  Joiner(const Graph& graph, Components components, std::span<const float> radii, JoinRule rule,
         const Control& control)
      : rule_(rule),
        control_(control),
        components_(std::move(components)),
        sets_(components_.count),
        places_(graph.vertices, radii, all(graph.vertices.size()), control),
        group_(places_.count()),
        known_(places_.count()),
        best_(components_.count) {
    for (u32 i = 0; i < places_.count(); i++) group_[i] = components_.of[places_.vertex(i)];
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
  // What is known of the nearest place in another group.
  struct Known {
    double squared = 0;    // none is nearer than this
    u32 place = kNowhere;  // the one at this distance
    bool none = false;     // there is none that the rule allows
  };
  static constexpr u32 kNowhere = ~0u;

  static std::vector<u32> all(u64 size) {
    std::vector<u32> vertices(size);
    for (u64 v = 0; v < size; v++) vertices[v] = static_cast<u32>(v);
    return vertices;
  }

  bool round(std::vector<Link>& links) {
    for (u32& group : group_) group = sets_.find(group);
    places_.regroup(group_);
    std::fill(best_.begin(), best_.end(), Link());
    // Links known from the last round come first: they bound the searches.
    for (u32 i = 0; i < places_.count(); i++)
      if (is_open(i)) best_[group_[i]] = std::min(best_[group_[i]], known_link(i));
    for (u32 i = 0; i < places_.count(); i++) {
      control_.check();
      const Known& known = known_[i];
      if (!known.none && !is_open(i) && known.squared <= best_[group_[i]].squared) look_around(i);
    }
    const u64 before = links.size();
    for (const Link& link : best_)
      if (link.a != kNowhere && sets_.join(components_.of[link.a], components_.of[link.b]))
        links.push_back(link);
    return links.size() > before;
  }

  // Whether the place found earlier is still in another group.
  bool is_open(u32 i) const {
    return known_[i].place != kNowhere && group_[known_[i].place] != group_[i];
  }

  Link known_link(u32 i) const { return link(i, known_[i].place, known_[i].squared); }

  Link link(u32 i, u32 j, double squared) const {
    const auto [a, b] = std::minmax({places_.vertex(i), places_.vertex(j)});
    return {squared, a, b};
  }

  // Improves the group's best link by one from here, if there is a better one.
  void look_around(u32 i) {
    const Point p = places_.point(i);
    const u32 group = group_[i];
    const double own = places_.radius(i);
    Link& best = best_[group];
    known_[i].place = kNowhere;
    places_.search(
        p,
        [&](const Places::Node& node, double squared) {
          return node.group != group && squared <= best.squared &&
                 allowed(squared, own + node.radius);
        },
        [&](u32 j) {
          if (group_[j] == group) return;
          const double squared = squared_distance(p, places_.point(j));
          if (squared > best.squared || !allowed(squared, own + places_.radius(j))) return;
          const Link found = link(i, j, squared);
          if (found > best) return;
          best = found;
          known_[i].place = j;
        });
    known_[i].squared = best.squared;
    known_[i].none = best.a == kNowhere;
  }

  bool allowed(double squared, double radii) const {
    if (std::isinf(rule_.radius) && !rule_.within_radii) return true;
    const double distance = std::sqrt(squared);
    return distance <= rule_.radius && (!rule_.within_radii || distance <= radii);
  }

  JoinRule rule_;
  const Control& control_;
  Components components_;
  DisjointSets sets_;  // of components; the groups are named after their first one
  Places places_;
  std::vector<u32> group_;    // of each place
  std::vector<Known> known_;  // of each place
  std::vector<Link> best_;    // of each group
};

}  // namespace detail

// The edges that join the components, shortest first: each joins the two nearest vertices of two
// components that no shorter edge has joined yet.
inline std::vector<Edge> join_components(const Graph& graph, std::span<const float> radii,
                                         JoinRule rule, const Control& control) {
  Components components = label_vertices(graph, control);
  if (components.count < 2) return {};
  return detail::Joiner(graph, std::move(components), radii, rule, control).run();
}

}  // namespace kimimaro::graph
