// Rolling invalidation: which voxels a path explains. All work is on rows of bits.
//   ball  the voxels within reach of a vertex and connected to it, see balls.hpp;
//   cube  the voxels in the axis-parallel cube around each ball, connected or not.
#pragma once

#include <bit>
#include <cmath>
#include <tuple>

#include "block.hpp"
#include "queue.hpp"

namespace kimimaro {

// The bits [begin, end) of a row of a grid.
struct RowRun {
  u64 row;  // its first word
  u32 begin, end;
  friend bool operator<(const RowRun& a, const RowRun& b) {
    return a.row != b.row ? a.row < b.row : a.begin < b.begin;
  }
};

template <class Address>
class Unexplained {
 public:
  void enter(const Block<Address>& block, VoxelSize size) {
    size_ = size;
    barred_ = &block.barred;
    unexplained_.reserve(block.grid);
    reach_.reserve(block.grid);
    block.copy_rows(block.component, unexplained_);
    count_ = block.voxels;
  }
  void leave(const Block<Address>& block) { block.clear_rows(unexplained_); }

  u64 count() const { return count_; }
  bool has(Address a) const { return unexplained_.has(a); }
  // The neighbours of a voxel that are not explained and that no step to is forbidden.
  u32 window(Address a, const auto& around) const {
    return barred_->passable(a, unexplained_.window_of(around));
  }
  void prefetch(const Grid<Address>& grid, Address a) const {
    unexplained_.prefetch_window(grid, a);
  }

  // Explains one voxel and returns 1 if it was not yet, else 0.
  u32 take(Address a) {
    const u32 taken = unexplained_.take(a);
    count_ -= taken;
    return taken;
  }

  // Calls visit(voxel) for those of a run that have a voxel to explain beside them.
  template <class Visit>
  void for_each_beside(const Grid<Address>& grid, const RowRun& run, Visit&& visit) const {
    if constexpr (!kBoxed<Address>) {
      for (u64 a = 64 * run.row + run.begin; a < 64 * run.row + run.end; a++)
        if (unexplained_.window(grid, a)) visit(static_cast<Address>(a));
    } else {
      const u64 first = run.begin >> 6, last = (run.end - 1) >> 6;
      for (u64 w = first; w <= last; w++) {
        u64 beside = unexplained_.near(grid, run.row + w);
        if (w == first) beside &= ~u64{0} << (run.begin & 63);
        if (w == last) beside &= ~u64{0} >> (63 - ((run.end - 1) & 63));
        for (; beside; beside &= beside - 1) {
          const u64 bit = static_cast<u64>(std::countr_zero(beside));
          visit(static_cast<Address>(64 * (run.row + w) + bit));
        }
      }
    }
  }

  // Whether the ball around a voxel covers the whole grid.
  bool covers(const Grid<Address>& grid, Voxel centre, float radius) const {
    auto farther = [](u32 at, u32 lo, u32 hi) { return std::max(at - lo, hi - 1 - at); };
    const double x = double{size_.x} * farther(centre.x, grid.lo.x, grid.hi.x);
    const double y = double{size_.y} * farther(centre.y, grid.lo.y, grid.hi.y);
    const double z = double{size_.z} * farther(centre.z, grid.lo.z, grid.hi.z);
    return x * x + y * y + z * z <= double{radius} * radius;
  }

  // Adds the balls of one radius around some voxels to what is within reach.
  void add_balls(const Grid<Address>& grid, std::span<const Voxel> centres, float radius) {
    shape_ball(grid, radius);
    for (u64 i = 0; i < centres.size(); i++) {
      const Voxel& centre = centres[i];
      // The rows of a stretch along x are those of one ball, drawn out.
      u32 x0 = centre.x, x1 = centre.x;
      for (; i + 1 < centres.size(); i++) {
        const Voxel& next = centres[i + 1];
        if (next.y != centre.y || next.z != centre.z || next.x + 1 < x0 || next.x > x1 + 1) break;
        x0 = std::min(x0, next.x);
        x1 = std::max(x1, next.x);
      }
      for (const BallRow& row : ball_) {
        const i64 y = i64{centre.y} + row.y, z = i64{centre.z} + row.z;
        if (y < grid.lo.y || y >= grid.hi.y || z < grid.lo.z || z >= grid.hi.z) continue;
        add_row(grid, static_cast<u32>(y), static_cast<u32>(z),
                std::max<i64>(grid.lo.x, x0 - row.half),
                std::min<i64>(grid.hi.x, x1 + row.half + 1));
      }
    }
  }

  // Adds the cube of that half-width.
  void add_cube(const Grid<Address>& grid, Voxel centre, float radius) {
    const auto [z0, z1] = clip(centre.z, radius / size_.z, grid.lo.z, grid.hi.z);
    const auto [y0, y1] = clip(centre.y, radius / size_.y, grid.lo.y, grid.hi.y);
    const auto [x0, x1] = clip(centre.x, radius / size_.x, grid.lo.x, grid.hi.x);
    add_box(grid, {x0, y0, z0}, {x1, y1, z1});
  }

  // Adds the voxels [lo, hi).
  void add_box(const Grid<Address>& grid, Voxel lo, Voxel hi) {
    for (u32 z = lo.z; z < hi.z; z++)
      for (u32 y = lo.y; y < hi.y; y++) add_row(grid, y, z, lo.x, hi.x);
  }

  // Explains what is within reach and connected to the given voxels; returns how many voxels that
  // is. Calls visit(run) for each run of them.
  template <class Visit>
  u64 flood(const Grid<Address>& grid, std::span<const Address> from, Visit&& visit) {
    const u64 before = count_;
    for (Address a : from) collect(grid.stretch_of(a));
    while (!runs_.empty()) {
      const RowRun run = runs_[runs_.size() - 1];
      runs_.pop();
      visit(run);
      if constexpr (kBoxed<Address>) {
        if (barred_->any()) {
          collect_around(grid, run);
          continue;
        }
      }
      collect_beside(grid, run.row, run.begin, run.end);
    }
    forget_reach(grid);
    return before - count_;
  }

  // Explains all that is within reach.
  u64 take_reach(const Grid<Address>& grid) {
    const u64 before = count_;
    for (u64 mark : dirty_) {
      const auto [first, count] = grid.marked(mark);
      for (u64 w = first; w < first + count; w++) {
        u64& bits = unexplained_.words()[w];
        count_ -= static_cast<u64>(std::popcount(bits & reach_.words()[w]));
        bits &= ~reach_.words()[w];
      }
    }
    forget_reach(grid);
    return before - count_;
  }

 private:
  // The voxels at most so many steps off, cut to [lo, hi).
  static std::pair<u32, u32> clip(u32 centre, double steps, u32 lo, u32 hi) {
    const i64 whole = static_cast<i64>(std::min(steps, 4e9));
    return {static_cast<u32>(std::max<i64>(lo, i64{centre} - whole)),
            static_cast<u32>(std::min<i64>(hi, i64{centre} + whole + 1))};
  }

  // The rows of a ball around the origin, as far as two voxels of the grid are apart.
  void shape_ball(const Grid<Address>& grid, float radius) {
    auto steps = [](double length, float size, u32 lo, u32 hi) {
      return static_cast<i64>(std::min<double>(length / size, hi - lo));
    };
    ball_.clear();
    const double r2 = double{radius} * radius;
    const i64 last = steps(radius, size_.z, grid.lo.z, grid.hi.z);
    for (i64 z = -last; z <= last; z++) {
      const double dz = double{size_.z} * static_cast<double>(z), disc = r2 - dz * dz;
      if (disc < 0) continue;
      const i64 side = steps(std::sqrt(disc), size_.y, grid.lo.y, grid.hi.y);
      for (i64 y = -side; y <= side; y++) {
        const double dy = double{size_.y} * static_cast<double>(y), chord = disc - dy * dy;
        if (chord < 0) continue;
        ball_.push_back({y, z, steps(std::sqrt(chord), size_.x, grid.lo.x, grid.hi.x)});
      }
    }
  }

  void add_row(const Grid<Address>& grid, u32 y, u32 z, i64 x0, i64 x1) {
    if (x0 >= x1) return;
    grid.for_each_within(y, z, static_cast<u32>(x0), static_cast<u32>(x1), [&](const Stretch& s) {
      // What is marked is to be cleaned up.
      if (!reach_.has(s.mark)) {
        reach_.set(s.mark);
        dirty_.push_back(s.mark);
      }
      set_range(reach_.words() + s.row, s.first, s.last + 1);
    });
  }

  // Takes the runs next to a run that no forbidden steps keep from it.
  void collect_around(const Grid<Address>& grid, const RowRun& run) {
    for (u64 from = run.begin;; from++) {
      // Voxels without forbidden steps reach all that they touch.
      const u64 bit = barred_->first_in(run.row, from, run.end);
      if (from < bit) collect_beside(grid, run.row, from, bit);
      if (bit == run.end) return;
      const u32 open = kNeighbors & ~barred_->steps(64 * run.row + bit);
      for (u32 n = 0; n < 9; n++) {
        const u64 row = run.row + static_cast<u64>(grid.step[3 * n + 1] / 64);
        const u32 three = open >> 3 * n & 7;
        if (three == 7) {
          collect(grid.row_stretch(row, bit - 1, bit + 1));
        } else {
          for (u64 d = 0; d < 3; d++)
            if (three >> d & 1) collect(grid.row_stretch(row, bit + d - 1, bit + d - 1));
        }
      }
      from = bit;
    }
  }

  // Takes the runs next to the bits [begin, end) of a row.
  void collect_beside(const Grid<Address>& grid, u64 row, u64 begin, u64 end) {
    grid.for_each_beside(row, begin, end, [&](const Stretch& s) { collect(s); });
  }

  void forget_reach(const Grid<Address>& grid) {
    for (u64 mark : dirty_) {
      const auto [first, count] = grid.marked(mark);
      std::fill_n(reach_.words() + first, count, 0);
    }
    dirty_.clear();
  }

  // Takes the runs of voxels to explain that overlap a stretch.
  void collect(const Stretch& stretch) {
    const auto [row, first, last, mark] = stretch;
    u64* left = unexplained_.words() + row;
    const u64* reach = reach_.words() + row;
    if (!reach_.has(mark)) return;
    auto gaps_in = [&](u64 w) { return ~(left[w] & reach[w]); };
    u64 word = first >> 6;
    u64 bits = left[word] & reach[word] & ~u64{0} << (first & 63);
    for (;;) {
      while (!bits) {
        if (++word > last >> 6) return;
        bits = left[word] & reach[word];
      }
      const u64 found = 64 * word + static_cast<u64>(std::countr_zero(bits));
      if (found > last) return;
      // The padding is never set, so a run ends within its row on either side.
      u64 w = found >> 6;
      u64 gaps = gaps_in(w) & ((u64{1} << (found & 63)) - 1);
      while (!gaps) gaps = gaps_in(--w);
      u64 begin = 64 * w + 64 - static_cast<u64>(std::countl_zero(gaps));
      w = found >> 6;
      gaps = gaps_in(w) & ~u64{0} << (found & 63);
      while (!gaps) gaps = gaps_in(++w);
      u64 end = 64 * w + static_cast<u64>(std::countr_zero(gaps));
      if (barred_->any()) std::tie(begin, end) = barred_->uncut(row, begin, found, end);
      clear_range(left, begin, end);
      count_ -= end - begin;
      runs_.push({row, static_cast<u32>(begin), static_cast<u32>(end)});
      if (end > last) return;
      word = end >> 6;
      bits = left[word] & reach[word] & ~u64{0} << (end & 63);
    }
  }

  struct BallRow {
    i64 y, z, half;  // relative to the centre
  };

  VoxelSize size_;
  std::vector<BallRow> ball_;
  const Barred* barred_ = nullptr;
  Bits unexplained_, reach_;
  std::vector<u64> dirty_;  // marks of what is within reach of anything
  Pile<RowRun> runs_;
  u64 count_ = 0;
};

}  // namespace kimimaro
