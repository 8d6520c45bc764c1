// Which voxels the balls around a path explain. Up to the shortest reach of its vertices that is
// whatever is connected to the path. Beyond it the balls differ, and each voxel belongs to one of
// them: on the rim to that of the nearest vertex; from there on a voxel is explained if one of its
// neighbours belongs to a vertex that reaches it, and then belongs to that vertex too. The nearest
// go first. So a large ball does not reach around a corner into what lies beside a thin branch.
#pragma once

#include <cmath>
#include <limits>

#include "invalidate.hpp"
#include "queue.hpp"

namespace kimimaro {

template <class Address>
class Balls {
 public:
  explicit Balls(VoxelSize size) : size_(size) {
    for (u32 j = 0; j < kDirections; j++) {
      const Offset o = offset_of(j);
      step_[0][j] = size.x * static_cast<float>(o.x);
      step_[1][j] = size.y * static_cast<float>(o.y);
      step_[2][j] = size.z * static_cast<float>(o.z);
    }
    levels_per_unit_ =
        (kLevels - 3) / std::sqrt(size.x * size.x + size.y * size.y + size.z * size.z);
  }

  void enter(u64 voxels) {
    recent_.assign(std::bit_ceil(std::clamp<u64>(voxels, 16, kMostRecent)), {});
    ring_.clear();
  }

  // The path's next vertex and how far it reaches.
  void add(Address address, Voxel v, float radius) {
    path_.push(address);
    at_[0].push_back(static_cast<float>(v.x));
    at_[1].push_back(static_cast<float>(v.y));
    at_[2].push_back(static_cast<float>(v.z));
    radius_.push_back(radius);
  }

  // Explains what the added vertices reach, and forgets them; returns how many voxels that is.
  u64 explain(Unexplained<Address>& unexplained, const Grid& grid, Control& control) {
    const u64 before = unexplained.count();
    if (!path_.empty()) {
      const auto [least, most] = std::minmax_element(radius_.begin(), radius_.end());
      least_ = *least;
      const bool beyond = *most > least_;
      flood(unexplained, grid, control);
      if (beyond && unexplained.count()) grow(unexplained, grid, control);
    }
    path_.clear();
    for (auto& axis : at_) axis.clear();
    radius_.clear();
    return before - unexplained.count();
  }

 private:
  struct Entry {
    Address address;
    u32 vertex;  // that it would belong to
  };
  struct Queued {
    Address address;
    u32 level;
  };
  static constexpr u64 kLevels = 64;
  static constexpr u64 kMostRecent = u64{1} << 13;
  static constexpr u64 kAhead = 8;

  // Explains what is connected within the shortest reach.
  void flood(Unexplained<Address>& unexplained, const Grid& grid, Control& control) {
    const float radius = std::nextafter(least_, 0.f);  // a voxel at that very distance is outside
    centres_.clear();
    for (Address a : path_) centres_.push_back(grid.voxel(a));
    // A ball around everything, as often in small objects, makes the others needless.
    const auto large = std::find_if(centres_.begin(), centres_.end(), [&](const Voxel& v) {
      return unexplained.covers(grid, v, radius);
    });
    control.check();
    if (large != centres_.end())
      unexplained.add_balls(grid, {large, 1}, radius);
    else
      unexplained.add_balls(grid, centres_, radius);
    runs_.clear();
    unexplained.flood(grid, {path_.begin(), path_.size()},
                      [&](const RowRun& run) { runs_.push(run); });
  }

  // Lets the balls grow on from the rim of what was flooded.
  void grow(Unexplained<Address>& unexplained, const Grid& grid, Control& control) {
    std::sort(runs_.begin(), runs_.end());
    while (at_[0].size() % kLanes) {  // what fills the last vector is never the nearest
      for (auto& axis : at_) axis.push_back(std::numeric_limits<float>::infinity());
    }
    for (const RowRun& run : runs_) {
      control.check();
      unexplained.for_each_beside(grid, run, [&](Address a) {
        const Voxel v = grid.voxel(a);
        spread(unexplained, grid, a, v, nearest(v), 0);
      });
    }
    for (u64 level = 0; ring_.next(level);) {
      control.check();
      ring_.drain(level, turn_);
      for (u64 i = 0; i < turn_.size(); i++) {
        if (i + kAhead < turn_.size()) unexplained.prefetch(grid, turn_[i + kAhead].address);
        const Entry entry = turn_[i];
        if (!unexplained.take(entry.address)) continue;
        spread(unexplained, grid, entry.address, grid.voxel(entry.address), entry.vertex, level);
      }
    }
  }

  // Queues the neighbours of a voxel that the vertex it belongs to reaches.
  void spread(const Unexplained<Address>& unexplained, const Grid& grid, Address from, Voxel v,
              u32 vertex, u64 level) {
    u32 window = unexplained.window(grid, from);
    if (!window) return;
    const Floats x = all(size_.x * (static_cast<float>(v.x) - at_[0][vertex]));
    const Floats y = all(size_.y * (static_cast<float>(v.y) - at_[1][vertex]));
    const Floats z = all(size_.z * (static_cast<float>(v.z) - at_[2][vertex]));
    alignas(64) std::array<i32, 32> levels;
    u32 reached = 0;
    for (u64 j = 0; j < 32; j += kLanes) {
      const Floats distance = length(x + load(step_[0].data() + j), y + load(step_[1].data() + j),
                                     z + load(step_[2].data() + j));
      reached |= bits_of(distance < all(radius_[vertex])) << j;
      const Floats above = (distance - all(least_)) * all(levels_per_unit_);
      *reinterpret_cast<Ints*>(levels.data() + j) = __builtin_convertvector(above, Ints);
    }
    u8 directions[32];
    const u32 count = set_bits(window & reached, directions);
    for (u32 n = 0; n < count; n++) {
      const u8 j = directions[n];
      const Address a = static_cast<Address>(from + static_cast<u64>(grid.step[j]));
      const u32 to = std::max(static_cast<u32>(std::max(levels[j], 0)), static_cast<u32>(level));
      // Most voxels are reached from several neighbours in a row: what was queued for the same
      // level or an earlier one lately need not be queued again.
      Queued& last = recent_[(a * 0x9e37'79b9u >> 8) & (recent_.size() - 1)];
      const bool fresh = last.address != a || last.level > to;
      last = fresh ? Queued{a, to} : last;
      ring_.push_if(fresh, to, {a, vertex});
    }
  }

  // The vertex nearest to a voxel, the first of several.
  u32 nearest(Voxel v) const {
    const Floats x = all(static_cast<float>(v.x)), y = all(static_cast<float>(v.y)),
                 z = all(static_cast<float>(v.z));
    float least = std::numeric_limits<float>::infinity();
    u64 found = 0;
    for (u64 i = 0; i < at_[0].size(); i += kLanes) {
      const Floats distance =
          length(all(size_.x) * (load(&at_[0][i]) - x), all(size_.y) * (load(&at_[1][i]) - y),
                 all(size_.z) * (load(&at_[2][i]) - z));
      if (!any_below(distance, all(least))) continue;
      for (u64 lane = 0; lane < kLanes; lane++)
        if (distance[lane] < least) least = distance[lane], found = i + lane;
    }
    return static_cast<u32>(found);
  }

  static Floats length(Floats x, Floats y, Floats z) { return square_root(x * x + y * y + z * z); }

  VoxelSize size_;
  alignas(64) std::array<std::array<float, 32>, 3> step_{};
  float levels_per_unit_ = 0, least_ = 0;
  Pile<Address> path_;
  std::vector<Voxel> centres_;
  std::array<std::vector<float>, 3> at_;  // of the vertices, in voxels
  std::vector<float> radius_;
  Pile<RowRun> runs_;
  Ring<Entry, kLevels> ring_;  // by distance beyond the shortest reach
  Pile<Entry> turn_;
  std::vector<Queued> recent_;
};

}  // namespace kimimaro
