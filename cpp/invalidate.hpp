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
template <class Address>
struct RowRun {
  Address row;  // its first word
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
    was_judged_.reserve(block.grid.words / 64 + 1);
    block.copy_rows(block.component, unexplained_);
    count_ = block.voxels;
  }
  void leave(const Block<Address>& block) { block.clear_rows(unexplained_); }

  u64 count() const { return count_; }
  bool has(Address a) const { return unexplained_.has(a); }
  // The neighbours of a voxel that are not explained and that no step to is forbidden.
  u32 window(Address a, const auto& around) const {
    return barred_->passable(a, unexplained_.windows().of(around));
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
  void for_each_beside(const Grid<Address>& grid, const RowRun<Address>& run, Visit&& visit) const {
    if constexpr (!kBoxed<Address>) {
      for (u64 a = 64 * u64{run.row} + run.begin; a < 64 * u64{run.row} + run.end; a++)
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

  // Adds the balls of one radius around some voxels to what is within reach. Where balls meet, as
  // those around a path do, their rows are put together before they are added.
  void add_balls(const Grid<Address>& grid, std::span<const Voxel> centres, float radius) {
    shape_ball(grid, radius);
    for (u64 begin = 0, end; begin < centres.size(); begin = end) {
      // So many that the rows of all are not many more than those of one.
      Voxel lo = centres[begin], hi = lo;
      for (end = begin + 1; end < centres.size(); end++) {
        const Voxel& v = centres[end];
        const u32 y0 = std::min(lo.y, v.y), y1 = std::max(hi.y, v.y);
        const u32 z0 = std::min(lo.z, v.z), z1 = std::max(hi.z, v.z);
        if (y1 - y0 > ball_.y + 1 || z1 - z0 > ball_.z + 1) break;
        lo = {0, y0, z0};
        hi = {0, y1, z1};
      }
      lo.x = grid.lo.x;
      add_group(grid, centres.subspan(begin, end - begin), lo, hi);
    }
  }

  // Adds the cube of that half-width.
  void add_cube(const Grid<Address>& grid, Voxel centre, float radius) {
    const auto [z0, z1] = clip(centre.z, radius / size_.z, grid.lo.z, grid.hi.z);
    const auto [y0, y1] = clip(centre.y, radius / size_.y, grid.lo.y, grid.hi.y);
    const auto [x0, x1] = clip(centre.x, radius / size_.x, grid.lo.x, grid.hi.x);
    for (u32 z = z0; z < z1; z++)
      for (u32 y = y0; y < y1; y++) add_row(grid, y, z, x0, x1);
  }

  // Explains what is within reach and connected to the given voxels; returns how many voxels that
  // is. Calls visit(run) for each run of them. Of other voxels beside these, judge(word, voxels)
  // tells which are within reach as well; it is asked once for each word.
  template <class Visit, class Judge = std::nullptr_t>
  u64 flood(const Grid<Address>& grid, std::span<const Address> from, Visit&& visit,
            Judge&& judge = nullptr) {
    const u64 before = count_;
    // As a rule all beside a run has been explained from elsewhere.
    auto collect = [&](const Stretch& stretch) {
      if (unexplained_.any_in(stretch.row, stretch.first, stretch.last)) collect_in(stretch, judge);
    };
    for (Address a : from) collect(grid.stretch_of(a));
    while (!runs_.empty()) {
      const RowRun<Address> run = runs_[runs_.size() - 1];
      runs_.pop();
      visit(run);
      if constexpr (kBoxed<Address>) {
        if (barred_->any()) {
          collect_around(grid, run, collect);
          continue;
        }
      }
      grid.for_each_beside(run.row, run.begin, run.end, collect);
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
    // Ends of rows are sums and differences of what is less than this.
    if (grid.hi.x - grid.lo.x >= static_cast<u32>(kNoRow))
      throw std::length_error("an object is too long along x");
    auto steps = [](double length, float size, u32 lo, u32 hi) {
      return static_cast<i32>(std::min<double>(length / size, hi - lo));
    };
    const double r2 = double{radius} * radius;
    ball_.z = static_cast<u32>(steps(radius, size_.z, grid.lo.z, grid.hi.z));
    ball_.y = static_cast<u32>(steps(radius, size_.y, grid.lo.y, grid.hi.y));
    ball_.width = (2 * u64{ball_.y} + kLanes) / kLanes * kLanes;
    ball_.half.assign(ball_.width * (2 * u64{ball_.z} + 1), -kNoRow);
    for (u32 z = 0; z <= 2 * ball_.z; z++) {
      const double dz = double{size_.z} * (static_cast<double>(z) - ball_.z), disc = r2 - dz * dz;
      for (u32 y = 0; y <= 2 * ball_.y; y++) {
        const double dy = double{size_.y} * (static_cast<double>(y) - ball_.y),
                     chord = disc - dy * dy;
        if (chord < 0) continue;
        ball_.half[z * ball_.width + y] = steps(std::sqrt(chord), size_.x, grid.lo.x, grid.hi.x);
      }
    }
  }

  // Adds the balls around voxels whose y and z are within those of lo and hi; positions along x are
  // relative to that of lo.
  void add_group(const Grid<Address>& grid, std::span<const Voxel> centres, Voxel lo, Voxel hi) {
    const u64 rows = ball_.width + (hi.y - lo.y), planes = 2 * u64{ball_.z} + 1 + (hi.z - lo.z);
    first_.assign(rows * planes, kNoRow);
    last_.assign(rows * planes, -kNoRow);
    auto add = [&](u64 plane, u64 row, i32 first, i32 last) {
      const i64 y = i64{lo.y} - ball_.y + static_cast<i64>(row);
      const i64 z = i64{lo.z} - ball_.z + static_cast<i64>(plane);
      if (y < grid.lo.y || y >= grid.hi.y || z < grid.lo.z || z >= grid.hi.z) return;
      add_row(grid, static_cast<u32>(y), static_cast<u32>(z), i64{lo.x} + std::max(first, 0),
              std::min<i64>(grid.hi.x, i64{lo.x} + last + 1));
    };
    for (const Voxel& v : centres) {
      const Ints x = static_cast<i32>(v.x - lo.x) - Ints{};
      for (u64 z = 0; z <= 2 * ball_.z; z++) {
        const u64 plane = z + (v.z - lo.z), row = v.y - lo.y;
        for (u64 y = 0; y < ball_.width; y += kLanes) {
          const u64 place = plane * rows + row + y;
          const Ints half = load(&ball_.half[z * ball_.width + y]);
          Ints first = load(&first_[place]), last = load(&last_[place]);
          const Ints from = x - half, to = x + half;
          const Ints apart = (half >= 0) & (first <= last) & ((from > last + 1) | (to < first - 1));
          for (u32 lanes = bits_of(apart); lanes; lanes &= lanes - 1) {
            const u64 lane = static_cast<u64>(std::countr_zero(lanes));
            add(plane, row + y + lane, first[lane], last[lane]);
            first[lane] = kNoRow;
            last[lane] = -kNoRow;
          }
          store(&first_[place], from < first ? from : first);
          store(&last_[place], to > last ? to : last);
        }
      }
    }
    for (u64 plane = 0, place = 0; plane < planes; plane++)
      for (u64 row = 0; row < rows; row++, place++)
        if (first_[place] <= last_[place]) add(plane, row, first_[place], last_[place]);
  }

  void add_row(const Grid<Address>& grid, u32 y, u32 z, i64 x0, i64 x1) {
    if (x0 >= x1) return;
    grid.for_each_within(y, z, static_cast<u32>(x0), static_cast<u32>(x1), [&](const Stretch& s) {
      // What is marked is to be cleaned up.
      if (!reach_.has(s.mark)) {
        reach_.set(s.mark);
        dirty_.push_back(static_cast<Address>(s.mark));
      }
      set_range(reach_.words() + s.row, s.first, s.last + 1);
    });
  }

  // Takes the runs next to a run that no forbidden steps keep from it.
  template <class Collect>
  void collect_around(const Grid<Address>& grid, const RowRun<Address>& run, Collect&& collect) {
    for (u64 from = run.begin;; from++) {
      // Voxels without forbidden steps reach all that they touch.
      const u64 bit = barred_->first_in(run.row, from, run.end);
      if (from < bit) grid.for_each_beside(run.row, from, bit, collect);
      if (bit == run.end) return;
      const u32 open = kNeighbors & ~barred_->steps(64 * u64{run.row} + bit);
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

  void forget_reach(const Grid<Address>& grid) {
    for (u64 mark : dirty_) {
      const auto [first, count] = grid.marked(mark);
      std::fill_n(reach_.words() + first, count, 0);
    }
    dirty_.clear();
    for (u64 word : judged_) {
      reach_.words()[word] = 0;
      was_judged_[word / 64] = 0;
    }
    judged_.clear();
  }

  // Takes the runs of voxels to explain that overlap a stretch.
  template <class Judge>
  [[gnu::noinline]] void collect_in(const Stretch& stretch, Judge& judge) {
    const u64 row = stretch.row, first = stretch.first, last = stretch.last;
    u64* left = unexplained_.words() + row;
    u64* reach = reach_.words() + row;
    constexpr bool kJudged = !std::is_null_pointer_v<Judge>;
    if (!kJudged && !reach_.has(stretch.mark)) return;
    auto within = [&](u64 w) {
      if constexpr (kJudged) {
        const u64 others = left[w] & ~reach[w];
        if (others && is_first(row + w)) reach[w] |= judge(row + w, others);
      }
      return left[w] & reach[w];
    };
    auto gaps_in = [&](u64 w) { return ~within(w); };
    u64 word = first >> 6;
    u64 bits = within(word) & ~u64{0} << (first & 63);
    for (;;) {
      while (!bits) {
        if (++word > last >> 6) return;
        bits = within(word);
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
      runs_.push({static_cast<Address>(row), static_cast<u32>(begin), static_cast<u32>(end)});
      if (end > last) return;
      word = end >> 6;
      bits = within(word) & ~u64{0} << (end & 63);
    }
  }

  // Whether a word has not been judged before; it has from now on.
  bool is_first(u64 word) {
    u64& judged = was_judged_[word / 64];
    const u64 bit = u64{1} << (word & 63);
    if (judged & bit) return false;
    judged |= bit;
    judged_.push(word);
    return true;
  }

  static constexpr i32 kNoRow = i32{1} << 30;
  // The rows of a ball whose centre is at (y, z) reach so far to both sides; planes of width rows.
  struct Ball {
    u32 y = 0, z = 0;
    u64 width = 0;
    std::vector<i32> half;  // -kNoRow for those that are not in the ball
  };

  VoxelSize size_;
  Ball ball_;
  std::vector<i32> first_, last_;  // of the rows of several balls
  const Barred* barred_ = nullptr;
  Bits unexplained_, reach_;
  std::vector<Address> dirty_;  // marks of what is within reach of anything
  Zeros<u64> was_judged_;       // a bit for each word
  Pile<u64> judged_;            // the words
  Pile<RowRun<Address>> runs_;
  u64 count_ = 0;
};

}  // namespace kimimaro
