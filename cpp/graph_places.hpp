// Balls in space, sorted so that the near ones are found without looking at the rest.
#pragma once

#include "graph.hpp"

namespace kimimaro::graph {

// A k-d tree over some vertices of a graph, each with a radius, and later with a group. Places are
// numbered so that near ones are near in memory.
class Places {
 public:
  static constexpr u32 kMixed = ~0u;

  struct Node {
    Point low, high;     // the box of its places
    u32 begin, end;      // its places
    u32 left, right;     // its halves; 0 if it has none
    float radius;        // the largest of its places
    u32 group = kMixed;  // of all its places
  };

  Places(std::span<const Point> points, std::span<const float> radii, std::vector<u32> vertices,
         const Control& control)
      : vertices_(std::move(vertices)) {
    assert(radii.size() == points.size());
    if (vertices_.empty()) return;
    const u32 size = count();
    sort(points, 0, size, control);
    for (u32 v : vertices_) {
      points_.push_back(points[v]);
      radii_.push_back(radii[v]);
    }
    build(0, size);
  }

  u32 count() const { return static_cast<u32>(vertices_.size()); }
  u32 vertex(u32 place) const { return vertices_[place]; }
  Point point(u32 place) const { return points_[place]; }
  float radius(u32 place) const { return radii_[place]; }

  // Notes which nodes hold places of one group only.
  void regroup(std::span<const u32> group) {
    for (u64 n = nodes_.size(); n-- > 0;) {  // halves come after their node
      Node& node = nodes_[n];
      if (node.left) {
        const u32 left = nodes_[node.left].group;
        node.group = left == nodes_[node.right].group ? left : kMixed;
        continue;
      }
      node.group = group[node.begin];
      for (u32 i = node.begin; i < node.end; i++)
        if (group[i] != node.group) node.group = kMixed;
    }
  }

  // Never more than the squared distance to a place of the node: it is rounded the same way.
  static double squared_distance_to(const Node& node, Point p) {
    const double x = gap(node.low.x, node.high.x, p.x);
    const double y = gap(node.low.y, node.high.y, p.y);
    const double z = gap(node.low.z, node.high.z, p.z);
    return x * x + y * y + z * z;
  }

  // Calls visit(place) for the places of all leaves that enter(node, squared distance) lets
  // in, near nodes first.
  template <class Enter, class Visit>
  void search(Point p, Enter&& enter, Visit&& visit) const {
    if (!nodes_.empty()) search(0, squared_distance_to(nodes_[0], p), p, enter, visit);
  }

  // Whether the ball around some place reaches the point.
  bool cover(Point p) const {
    bool found = false;
    search(
        p,
        [&](const Node& node, double squared) {
          return !found && std::sqrt(squared) <= node.radius;
        },
        [&](u32 i) { found = found || distance(points_[i], p) <= radii_[i]; });
    return found;
  }

 private:
  static constexpr u32 kLeaf = 16;

  static double gap(float low, float high, float p) {
    if (p < low) return static_cast<double>(low) - p;
    if (p > high) return static_cast<double>(p) - high;
    return 0;
  }

  static u32 half(u32 begin, u32 end) { return begin + (end - begin) / 2; }

  // Sorts the vertices so that those of every node follow each other: at each level they are
  // parted at the median of the longest side of their box.
  void sort(std::span<const Point> points, u32 begin, u32 end, const Control& control) {
    if (end - begin <= kLeaf) return;
    control.check();
    Point low = points[vertices_[begin]], high = low;
    for (u32 i = begin; i < end; i++) extend(low, high, points[vertices_[i]]);
    const std::array<float, 3> side{high.x - low.x, high.y - low.y, high.z - low.z};
    const auto axis = std::max_element(side.begin(), side.end()) - side.begin();
    const auto coordinate = axis == 0 ? &Point::x : axis == 1 ? &Point::y : &Point::z;
    const auto first = vertices_.begin();
    std::nth_element(first + begin, first + half(begin, end), first + end, [&](u32 a, u32 b) {
      return std::pair(points[a].*coordinate, a) < std::pair(points[b].*coordinate, b);
    });
    sort(points, begin, half(begin, end), control);
    sort(points, half(begin, end), end, control);
  }

  static void extend(Point& low, Point& high, Point p) {
    low = {std::min(low.x, p.x), std::min(low.y, p.y), std::min(low.z, p.z)};
    high = {std::max(high.x, p.x), std::max(high.y, p.y), std::max(high.z, p.z)};
  }

  u32 build(u32 begin, u32 end) {
    const u32 number = static_cast<u32>(nodes_.size());
    Node node{.low = points_[begin],
              .high = points_[begin],
              .begin = begin,
              .end = end,
              .left = 0,
              .right = 0,
              .radius = 0};
    for (u32 i = begin; i < end; i++) {
      extend(node.low, node.high, points_[i]);
      node.radius = std::max(node.radius, radii_[i]);
    }
    nodes_.push_back(node);
    if (end - begin <= kLeaf) return number;
    const u32 left = build(begin, half(begin, end)), right = build(half(begin, end), end);
    nodes_[number].left = left;
    nodes_[number].right = right;
    return number;
  }

  template <class Enter, class Visit>
  void search(u32 number, double squared, Point p, Enter& enter, Visit& visit) const {
    const Node& node = nodes_[number];
    if (!enter(node, squared)) return;
    if (!node.left) {
      for (u32 i = node.begin; i < node.end; i++) visit(i);
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

  std::vector<u32> vertices_;
  std::vector<Point> points_;
  std::vector<float> radii_;
  std::vector<Node> nodes_;
};

}  // namespace kimimaro::graph
