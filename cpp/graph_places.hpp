// Balls in space, sorted so that the near ones are found without looking at the rest.
#pragma once

#include "graph.hpp"

namespace kimimaro::graph {

// A k-d tree over vertices of a graph, each with a radius and a group that it belongs to.
class Places {
 public:
  static constexpr u32 kMixed = ~0u;

  struct Node {
    Point low, high;     // the box of its vertices
    u32 begin, end;      // its vertices, in order()
    u32 left, right;     // its halves; 0 if it has none
    float radius;        // the largest of its vertices
    u32 group = kMixed;  // of all its vertices
  };

  Places(std::span<const Point> points, std::span<const float> radii, std::vector<u32> members)
      : points_(points), radii_(radii), order_(std::move(members)) {
    assert(radii.empty() || radii.size() == points.size());
    if (!order_.empty()) build(0, static_cast<u32>(order_.size()));
  }

  const std::vector<u32>& order() const { return order_; }
  const std::vector<Node>& nodes() const { return nodes_; }
  float radius(u32 v) const { return radii_.empty() ? 0.0f : radii_[v]; }

  // Notes which nodes hold vertices of one group only.
  void regroup(std::span<const u32> group) {
    for (u64 i = nodes_.size(); i-- > 0;) {  // halves come after their node
      Node& node = nodes_[i];
      if (node.left) {
        const u32 left = nodes_[node.left].group;
        node.group = left == nodes_[node.right].group ? left : kMixed;
        continue;
      }
      node.group = group[order_[node.begin]];
      for (u32 j = node.begin; j < node.end; j++)
        if (group[order_[j]] != node.group) node.group = kMixed;
    }
  }

  // Never more than the squared distance to a vertex of the node: it is rounded the same way.
  static double squared_distance_to(const Node& node, Point p) {
    const double x = gap(node.low.x, node.high.x, p.x);
    const double y = gap(node.low.y, node.high.y, p.y);
    const double z = gap(node.low.z, node.high.z, p.z);
    return x * x + y * y + z * z;
  }

  // Calls visit(vertex) for the vertices of all leaves that enter(node, squared distance) lets
  // in, near nodes first.
  template <class Enter, class Visit>
  void search(Point p, Enter&& enter, Visit&& visit) const {
    if (!nodes_.empty()) search(0, squared_distance_to(nodes_[0], p), p, enter, visit);
  }

  // Whether the ball of some vertex reaches the place.
  bool cover(Point p) const {
    bool found = false;
    search(
        p,
        [&](const Node& node, double squared) {
          return !found && std::sqrt(squared) <= node.radius;
        },
        [&](u32 v) { found = found || distance(points_[v], p) <= radius(v); });
    return found;
  }

 private:
  static constexpr u32 kLeaf = 8;

  static double gap(float low, float high, float p) {
    if (p < low) return static_cast<double>(low) - p;
    if (p > high) return static_cast<double>(p) - high;
    return 0;
  }

  u32 build(u32 begin, u32 end) {
    const u32 number = static_cast<u32>(nodes_.size());
    const Point first = points_[order_[begin]];
    Node node{.low = first,
              .high = first,
              .begin = begin,
              .end = end,
              .left = 0,
              .right = 0,
              .radius = 0};
    for (u32 i = begin; i < end; i++) {
      const Point p = points_[order_[i]];
      node.low = {std::min(node.low.x, p.x), std::min(node.low.y, p.y), std::min(node.low.z, p.z)};
      node.high = {std::max(node.high.x, p.x), std::max(node.high.y, p.y),
                   std::max(node.high.z, p.z)};
      node.radius = std::max(node.radius, radius(order_[i]));
    }
    nodes_.push_back(node);
    if (end - begin <= kLeaf) return number;
    const u32 middle = split(begin, end, node);
    const u32 left = build(begin, middle), right = build(middle, end);
    nodes_[number].left = left;
    nodes_[number].right = right;
    return number;
  }

  // Parts the vertices at the median of the box's longest side.
  u32 split(u32 begin, u32 end, const Node& node) {
    const std::array<float, 3> side{node.high.x - node.low.x, node.high.y - node.low.y,
                                    node.high.z - node.low.z};
    const auto axis = std::max_element(side.begin(), side.end()) - side.begin();
    const auto place = [&](u32 v) {
      const Point p = points_[v];
      return std::pair(axis == 0 ? p.x : axis == 1 ? p.y : p.z, v);
    };
    const u32 middle = begin + (end - begin) / 2;
    std::nth_element(order_.begin() + begin, order_.begin() + middle, order_.begin() + end,
                     [&](u32 a, u32 b) { return place(a) < place(b); });
    return middle;
  }

  template <class Enter, class Visit>
  void search(u32 number, double squared, Point p, Enter& enter, Visit& visit) const {
    const Node& node = nodes_[number];
    if (!enter(node, squared)) return;
    if (!node.left) {
      for (u32 i = node.begin; i < node.end; i++) visit(order_[i]);
      return;
    }
    u32 near = node.left, far = node.right;
    double near_squared = squared_distance_to(nodes_[near], p);
    double far_squared = squared_distance_to(nodes_[far], p);
    if (far_squared < near_squared) {
      std::swap(near, far);
      std::swap(near_squared, far_squared);
    }
    search(near, near_squared, p, enter, visit);
    search(far, far_squared, p, enter, visit);
  }

  std::span<const Point> points_;
  std::span<const float> radii_;
  std::vector<u32> order_;
  std::vector<Node> nodes_;
};

}  // namespace kimimaro::graph
