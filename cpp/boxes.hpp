// Boxes of voxels that are within reach of the site nearest to them: a few large ones in the middle
// of wide balls, smaller ones towards where the balls end and where they meet.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "queue.hpp"
#include "volume.hpp"

namespace kimimaro {

class ReachedBoxes {
 public:
  explicit ReachedBoxes(VoxelSize size) : size_{size.x, size.y, size.z} {}

  void clear() { sites_.clear(); }
  void add(Voxel v, float reach) {
    sites_.push({size_[0] * static_cast<float>(v.x), size_[1] * static_cast<float>(v.y),
                 size_[2] * static_cast<float>(v.z), reach});
  }

  // Calls visit(lo, hi) for boxes within [lo, hi), those around the sites that reach farther than
  // `wide`; what only boxes with no side longer than `finest` would cover is left out.
  template <class Visit>
  void find(Voxel lo, Voxel hi, float wide, float finest, Visit&& visit) {
    Corner from{hi.x, hi.y, hi.z}, to{lo.x, lo.y, lo.z};
    const Corner least{lo.x, lo.y, lo.z}, most{hi.x, hi.y, hi.z};
    for (const Site& s : sites_) {
      if (s.reach <= wide) continue;
      const std::array<float, 3> at{s.x, s.y, s.z};
      for (u32 axis = 0; axis < 3; axis++) {
        auto clip = [&](float voxels) {
          return static_cast<u32>(std::clamp<double>(voxels, least[axis], most[axis]));
        };
        from[axis] = std::min(from[axis], clip((at[axis] - s.reach) / size_[axis]));
        to[axis] = std::max(to[axis], clip((at[axis] + s.reach) / size_[axis] + 1));
      }
    }
    divide(from, to, 0, finest, visit);
  }

 private:
  using Corner = std::array<u32, 3>;
  struct Site {
    float x, y, z, reach;
  };

  // The sites from first on are those that may be the nearest one of a voxel in the box.
  template <class Visit>
  void divide(const Corner& lo, const Corner& hi, u64 first, float finest, Visit& visit) {
    std::array<float, 3> centre, side;
    for (u32 axis = 0; axis < 3; axis++) {
      if (lo[axis] >= hi[axis]) return;
      const float voxels = static_cast<float>(hi[axis] - lo[axis]);
      centre[axis] = size_[axis] * (static_cast<float>(lo[axis]) + (voxels - 1) / 2);
      side[axis] = size_[axis] * voxels;
    }
    // No voxel is farther from the centre.
    const float half = std::hypot(side[0], side[1], side[2]) / 2;
    auto distance = [&](const Site& s) {
      return std::sqrt((s.x - centre[0]) * (s.x - centre[0]) +
                       (s.y - centre[1]) * (s.y - centre[1]) +
                       (s.z - centre[2]) * (s.z - centre[2]));
    };
    const u64 last = sites_.size();
    float nearest = std::numeric_limits<float>::infinity();
    for (u64 i = first; i < last; i++) nearest = std::min(nearest, distance(sites_[i]));
    bool all = true, any = false;
    sites_.ensure(last - first);
    for (u64 i = first; i < last; i++) {
      const Site s = sites_[i];
      const float d = distance(s);
      if (d > nearest + 2 * half) continue;
      all = all && d + half < s.reach;
      any = any || d - half < s.reach;
      sites_.push(s);
    }
    const u64 axis = static_cast<u64>(std::max_element(side.begin(), side.end()) - side.begin());
    if (all) {
      visit(Voxel{lo[0], lo[1], lo[2]}, Voxel{hi[0], hi[1], hi[2]});
    } else if (any && side[axis] > finest && hi[axis] - lo[axis] > 1) {
      Corner end = hi, begin = lo;
      end[axis] = begin[axis] = lo[axis] + (hi[axis] - lo[axis]) / 2;
      divide(lo, end, last, finest, visit);
      divide(begin, hi, last, finest, visit);
    }
    sites_.resize(last);
  }

  std::array<float, 3> size_;
  Pile<Site> sites_;
};

}  // namespace kimimaro
