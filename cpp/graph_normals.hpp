// Where a skeleton is cut, and in which direction: for each vertex the way to the next one on the
// paths from the tips to the root.
#pragma once

#include <optional>

#include "graph.hpp"

namespace kimimaro::graph {

using Direction = std::array<i64, 3>;  // in voxels, of any length but 0

struct Cut {
  u32 vertex = 0;
  Direction normal{};
  u32 weight = 1;  // how many paths ask for it
};

// How cuts are chosen.
struct CutRule {
  u64 window = 1;  // of the moving average that smooths directions, forward and backward
  u64 step = 1;    // along a path, only every so manieth vertex is cut, and both ends
};

namespace detail {

// The element i of a sequence that is mirrored at its ends, again and again.
inline u64 mirrored(i64 i, u64 size) {
  const i64 period = 2 * static_cast<i64>(size);
  i %= period;
  if (i < 0) i += period;
  return static_cast<u64>(i < static_cast<i64>(size) ? i : period - 1 - i);
}

// Sums of each element and those before it, window in all.
inline std::vector<Direction> sums_behind(const std::vector<Direction>& from, u64 window) {
  std::vector<Direction> sums(from.size());
  Direction sum{};
  const i64 size = static_cast<i64>(from.size()), width = static_cast<i64>(window);
  for (i64 i = 1 - width; i < size; i++) {
    for (u32 axis = 0; axis < 3; axis++) {
      sum[axis] += from[mirrored(i, from.size())][axis];
      if (i - width >= 1 - width) sum[axis] -= from[mirrored(i - width, from.size())][axis];
    }
    if (i >= 0) sums[static_cast<u64>(i)] = sum;
  }
  return sums;
}

inline std::vector<Direction> smooth(std::vector<Direction> normals, u64 window) {
  normals = sums_behind(normals, window);
  std::reverse(normals.begin(), normals.end());
  normals = sums_behind(normals, window);
  std::reverse(normals.begin(), normals.end());
  return normals;
}

}  // namespace detail

// A spanning tree of each component, from one end of the way between its two ends that are
// farthest apart, counted in edges. Loops count as cut where two ways around them meet.
class Forest {
 public:
  Forest(const Graph& graph, const Adjacency& adjacency)
      : parent_(graph.vertices.size(), kNone), adjacency_(adjacency) {
    std::vector<bool> seen(graph.vertices.size()), again(graph.vertices.size());
    for (u32 v = 0; v < graph.vertices.size(); v++) {
      if (seen[v] || adjacency.degree(v) == 0) continue;
      const u32 root = farthest(spread(v, seen));
      const std::vector<Reached> order = spread(root, again);
      std::vector<bool> inner(order.size());
      for (const Reached& r : order) {
        parent_[r.vertex] = r.from == kNone ? kNone : order[r.from].vertex;
        if (r.from != kNone) inner[r.from] = true;
      }
      for (u64 i = 0; i < order.size(); i++)
        if (!inner[i]) tips_.push_back(order[i].vertex);
    }
  }
  // Nearest the root first, component by component.
  const std::vector<u32>& tips() const { return tips_; }

  void path(u32 tip, std::vector<u32>& to) const {
    to.clear();
    for (u32 v = tip; v != kNone; v = parent_[v]) to.push_back(v);
  }

 private:
  static constexpr u32 kNone = ~0u;
  struct Reached {
    u32 vertex, from, steps;  // from is the position in the order
  };

  std::vector<Reached> spread(u32 start, std::vector<bool>& seen) const {
    std::vector<Reached> order{{start, kNone, 0}};
    seen[start] = true;
    for (u32 i = 0; i < order.size(); i++) {
      for (const auto& next : adjacency_.at(order[i].vertex)) {
        if (seen[next.vertex]) continue;
        seen[next.vertex] = true;
        order.push_back({next.vertex, i, order[i].steps + 1});
      }
    }
    return order;
  }
  static u32 farthest(const std::vector<Reached>& order) {
    for (u64 i = order.size() - 1;; i--)
      if (i == 0 || order[i - 1].steps < order[i].steps) return order[i].vertex;
  }

  std::vector<u32> parent_, tips_;
  const Adjacency& adjacency_;
};

// The cuts through the wanted vertices of a consolidated graph whose vertices lie in these
// voxels. A vertex is cut as the first path through it that does not skip it says; one where
// paths meet is cut for each of them.
class CutPlan {
 public:
  CutPlan(const Graph& graph, std::span<const Direction> voxels, const std::vector<bool>& wanted,
          CutRule rule)
      : last_(graph.vertices.size(), kNone) {
    const Adjacency adjacency(graph);
    const Forest forest(graph, adjacency);
    std::vector<u32> path;
    for (u32 tip : forest.tips()) {
      forest.path(tip, path);
      const std::vector<Direction> raw = directions(path, voxels);
      const std::vector<Direction> smoothed =
          rule.window > 1 ? detail::smooth(raw, rule.window) : raw;
      for (u64 i = 0; i < path.size(); i++) {
        const u32 v = path[i];
        const bool end = i == 0 || i + 1 == path.size();
        if (!wanted[v] || !(end || i % rule.step == rule.step - 1)) continue;
        if (last_[v] != kNone && adjacency.degree(v) < 3) continue;
        const std::optional<Direction> normal = nonzero(smoothed, raw, i);
        if (normal) add(v, *normal);
      }
    }
  }
  std::vector<Cut> take() && { return std::move(cuts_); }

 private:
  static constexpr u32 kNone = ~0u;

  static std::vector<Direction> directions(const std::vector<u32>& path,
                                           std::span<const Direction> voxels) {
    std::vector<Direction> result(path.size());
    for (u64 i = 0; i + 1 < path.size(); i++)
      for (u32 axis = 0; axis < 3; axis++)
        result[i][axis] = voxels[path[i + 1]][axis] - voxels[path[i]][axis];
    result.back() = result[path.size() - 2];
    return result;
  }

  // Vertices that share a voxel have no direction of their own: that of the path's next step
  // counts, or else of the one before.
  static std::optional<Direction> nonzero(const std::vector<Direction>& smoothed,
                                          const std::vector<Direction>& raw, u64 i) {
    constexpr Direction zero{};
    if (smoothed[i] != zero) return smoothed[i];
    for (u64 j = i; j < raw.size(); j++)
      if (raw[j] != zero) return raw[j];
    for (u64 j = i; j-- > 0;)
      if (raw[j] != zero) return raw[j];
    return std::nullopt;
  }

  void add(u32 vertex, const Direction& normal) {
    for (u32 c = last_[vertex]; c != kNone; c = before_[c]) {
      if (cuts_[c].normal != normal) continue;
      cuts_[c].weight++;
      return;
    }
    before_.push_back(std::exchange(last_[vertex], static_cast<u32>(cuts_.size())));
    cuts_.push_back({vertex, normal});
  }

  std::vector<Cut> cuts_;
  std::vector<u32> last_, before_;  // the cuts of a vertex, and of each the one made before it
};

}  // namespace kimimaro::graph
