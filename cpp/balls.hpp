// Which voxels the balls around a path explain. Up to the shortest reach of its vertices that is
// whatever is connected to the path. Beyond it the balls differ, and each voxel belongs to one of
// them: on the rim to that of the nearest vertex; from there on a voxel is explained if one of its
// neighbours belongs to a vertex that reaches it, and then belongs to that vertex too. The nearest
// go first. So a large ball does not reach around a corner into what lies beside a thin branch.
//
// Voxel by voxel this takes long in wide balls, as those around somas. Most of what they explain is
// in boxes where whichever vertex is nearest reaches all: these are explained as what is within the
// shortest reach is, and the balls grow on from there.
#pragma once

#include <cmath>
#include <limits>

#include "boxes.hpp"
#include "invalidate.hpp"
#include "queue.hpp"
#include "rounds.hpp"

namespace kimimaro {

// The level that each voxel of a component is queued for, if it is: most voxels are reached from
// a dozen neighbours, and only a level below the one it has needs to be queued.
class QueuedLevels {
 public:
  void enter(u64 voxels) { bytes_.assign(voxels + 4, 0); }

  // Levels differ by less than kHorizon, and so do from all others only in their last bits.
  static constexpr i32 kHorizon = 64, kQueued = 2 * kHorizon;

  // Returns whether the level is below the one that the voxel of this index was queued for, if it
  // was, and has it queued for this one then.
  bool lower(u64 index, u32 level) {
    u8& byte = bytes_[index + 1];
    const bool lower = !(byte & kQueued) || ((level - byte) & kHorizon);
    if (lower) byte = static_cast<u8>(kQueued | (level & (kQueued - 1)));
    return lower;
  }

  // Writes the bytes of the voxels around one, of those rows that the window has voxels in. The
  // records of a row's voxels follow each other, so that three take one load.
  template <class Address>
  void around(const Block<Address>& block, const auto& around, u32 window, u8* to) const {
    for (u32 row = 0; row < 9; row++) {
      const u64 middle = around.at(3 * row + 1);
      const u64 index = window >> 3 * row & 7 ? block.index(middle) : 0;
      u32 three;
      std::memcpy(&three, &bytes_[index], 4);
      if (!block.component.has(middle)) three = (three & 0xffff) | (three & 0xff00) << 8;
      std::memcpy(to + 3 * row, &three, 4);
    }
  }

  // Where the bytes tell of no level or a later one.
  static Ints later(Ints bytes, Ints level) {
    return (((level - bytes) & kHorizon) | (~bytes & kQueued)) != 0;
  }

 private:
  std::vector<u8> bytes_;  // that of the first voxel is the second
};

template <class Address>
class Balls {
 public:
  explicit Balls(VoxelSize size) : size_(size), boxes_(size) {
    for (u32 j = 0; j < kDirections; j++) {
      const Offset o = offset_of(j);
      step_[0][j] = size.x * static_cast<float>(o.x);
      step_[1][j] = size.y * static_cast<float>(o.y);
      step_[2][j] = size.z * static_cast<float>(o.z);
      for (u32 i = 0; i < kDirections; i++)
        if (i == kCentre || !(kBeside[i] >> j & 1)) beyond_[i] |= 1u << j;
    }
    diagonal_ = std::sqrt(size.x * size.x + size.y * size.y + size.z * size.z);
    levels_per_unit_ = (kLevels - 3) / diagonal_;
  }

  void enter(const Block<Address>& block) {
    queued_.enter(block.voxels);
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
  // Those who attend the rounds take part.
  u64 explain(Unexplained<Address>& unexplained, const Block<Address>& block, Rounds& rounds,
              Control& control) {
    const u64 before = unexplained.count();
    if (!path_.empty()) {
      const auto [least, most] = std::minmax_element(radius_.begin(), radius_.end());
      least_ = *least;
      const bool beyond = *most > least_;
      flood(unexplained, block.grid, control);
      if (beyond && unexplained.count()) grow(unexplained, block, rounds, control);
    }
    path_.clear();
    for (auto& axis : at_) axis.clear();
    radius_.clear();
    return before - unexplained.count();
  }

 private:
  struct Entry {
    Address address;
    u32 vertex : 27, direction : 5;  // that it would belong to, and that it was reached by
  };
  // A voxel that is reached, and the level to queue it for.
  struct Reached {
    Entry entry;
    Address index;
    u32 level;
  };
  struct alignas(64) Share {  // what one thread writes to
    Pile<Reached> reached;
  };
  // A voxel of the rim, which has been explained.
  struct Rim {
    u32 level;
    Entry entry;
  };
  // It takes about as long to find boxes whose sides are half the reach of the smallest ball, or
  // three voxels, as to grow through them; balls are wide if they reach so many times as far.
  static constexpr float kOfLeast = 0.5f, kVoxels = 3, kWide = 6;
  static constexpr u64 kLevels = QueuedLevels::kHorizon;
  static constexpr u64 kAhead = 8;
  static constexpr u64 kShare = 128;  // entries

  // Explains what is connected within the shortest reach, and within boxes in wide balls.
  void flood(Unexplained<Address>& unexplained, const Grid<Address>& grid, Control& control) {
    const float radius = std::nextafter(least_, 0.f);  // a voxel at that very distance is outside
    centres_.clear();
    for (Address a : path_) centres_.push_back(grid.voxel(a));
    // A ball around everything, as often in small objects, makes the others needless.
    const auto large = std::find_if(centres_.begin(), centres_.end(), [&](const Voxel& v) {
      return unexplained.covers(grid, v, radius);
    });
    control.check();
    if (large != centres_.end()) {
      unexplained.add_balls(grid, {large, 1}, radius);
    } else {
      unexplained.add_balls(grid, centres_, radius);
      boxes_.clear();
      for (u64 i = 0; i < centres_.size(); i++) boxes_.add(centres_[i], radius_[i]);
      const float finest = std::max(kOfLeast * least_, kVoxels * diagonal_);
      boxes_.find(grid.lo, grid.hi, kWide * finest, finest,
                  [&](Voxel lo, Voxel hi) { unexplained.add_box(grid, lo, hi); });
    }
    runs_.clear();
    unexplained.flood(grid, {path_.begin(), path_.size()},
                      [&](const RowRun<Address>& run) { runs_.push(run); });
  }

  // Lets the balls grow on from the rim of what was flooded.
  void grow(Unexplained<Address>& unexplained, const Block<Address>& block, Rounds& rounds,
            Control& control) {
    const Rounds::Session session(rounds);
    std::sort(runs_.begin(), runs_.end());
    while (at_[0].size() % kLanes) {  // what fills the last vector is never the nearest
      for (auto& axis : at_) axis.push_back(std::numeric_limits<float>::infinity());
    }
    rim_.clear();
    for (const RowRun<Address>& run : runs_) {
      control.check();
      unexplained.for_each_beside(block.grid, run, [&](Address a) { add_rim(block.grid, a); });
    }
    std::stable_sort(rim_.begin(), rim_.end(),
                     [](const Rim& a, const Rim& b) { return a.level < b.level; });
    u64 waiting = 0;
    for (u64 level = 0;;) {
      control.check();
      u64 queued = level;
      const bool more = ring_.next(queued);
      if (waiting < rim_.size() && (!more || rim_[waiting].level < queued))
        level = rim_[waiting].level;
      else if (more)
        level = queued;
      else
        break;
      ring_.drain(level, turn_);
      // Several may have queued a voxel; the first one gets it.
      u64 taken = 0;
      for (u64 i = 0; i < turn_.size(); i++) {
        if (i + kAhead < turn_.size()) unexplained.prefetch(block.grid, turn_[i + kAhead].address);
        turn_[taken] = turn_[i];
        taken += unexplained.take(turn_[i].address);
      }
      turn_.resize(taken);
      for (; waiting < rim_.size() && rim_[waiting].level <= level; waiting++)
        turn_.push(rim_[waiting].entry);
      spread(unexplained, block, level, rounds);
    }
  }

  void add_rim(const Grid<Address>& grid, Address a) {
    const Voxel v = grid.voxel(a);
    const u32 vertex = nearest(v);
    const float beyond = std::sqrt(squared_distance(v, centres_[vertex], size_)) - least_;
    rim_.push({static_cast<u32>(std::max(0.f, beyond * levels_per_unit_)), {a, vertex, kCentre}});
  }

  // Queues what the entries of the turn reach, in their order. What they reach does not depend on
  // what is queued in this turn, so that threads may find it side by side.
  void spread(const Unexplained<Address>& unexplained, const Block<Address>& block, u64 level,
              Rounds& rounds) {
    const u64 entries = turn_.size();
    const u64 shares = (entries + kShare - 1) / kShare, lanes = rounds.lanes();
    const bool large = rounds.attended() && shares > 2, together = large && payoff_.share();
    if (const u64 most = together ? shares : 1; shares_.size() < most) shares_.resize(most);
    auto reach_share = [&](u64 share, Pile<Reached>& reached) {
      const u64 first = share * kShare, last = std::min(first + kShare, entries);
      reached.clear();
      for (u64 i = first; i < last; i++) {
        reached.ensure(kDirections);
        reach(unexplained, block, turn_[i], level, reached);
      }
    };
    auto queue = [&](const Pile<Reached>& all) {
      for (const Reached& r : all) ring_.push_if(queued_.lower(r.index, r.level), r.level, r.entry);
    };
    Stopwatch watch;
    if (together) {
      // Neighbours follow each other from turn to turn, so that a lane stays in one place.
      auto first_of = [&](u64 lane) { return lane * shares / lanes; };
      rounds.run([&](u64 lane) { return first_of(lane + 1) - first_of(lane); },
                 [&](u64 lane, u64 n, unsigned) {
                   const u64 share = first_of(lane) + n;
                   reach_share(share, shares_[share].reached);
                 });
      for (u64 share = 0; share < shares; share++) queue(shares_[share].reached);
    } else {
      for (u64 share = 0; share < shares; share++) {
        reach_share(share, shares_[0].reached);
        queue(shares_[0].reached);
      }
    }
    if (large) payoff_.took(entries, watch.lap());
  }

  // Adds the neighbours of a voxel that the vertex it belongs to reaches. Those that are beside
  // the voxel it was reached from, which belongs to that vertex too, were queued from there,
  // unless that step is forbidden.
  void reach(const Unexplained<Address>& unexplained, const Block<Address>& block,
             const Entry& from, u64 level, Pile<Reached>& reached) const {
    const auto around = block.grid.around(from.address);
    u32 window = unexplained.window(from.address, around);
    u32 beyond = beyond_[from.direction];
    if constexpr (kBoxed<Address>)
      if (block.barred.any())
        beyond |= block.barred.hidden(block.grid, from.address, kDirections - 1 - from.direction);
    window &= beyond;
    if (!window) return;
    alignas(64) std::array<u8, 32> queued;
    queued_.around(block, around, window, queued.data());
    const Voxel v = block.grid.voxel(from.address);
    const u32 vertex = from.vertex;
    const Floats x = all(size_.x * (static_cast<float>(v.x) - at_[0][vertex]));
    const Floats y = all(size_.y * (static_cast<float>(v.y) - at_[1][vertex]));
    const Floats z = all(size_.z * (static_cast<float>(v.z) - at_[2][vertex]));
    alignas(64) std::array<i32, 32> levels;
    u32 fresh = 0;
    for (u64 j = 0; j < 32; j += kLanes) {
      const Floats distance = length(x + load(step_[0].data() + j), y + load(step_[1].data() + j),
                                     z + load(step_[2].data() + j));
      const Floats above = (distance - all(least_)) * all(levels_per_unit_);
      const Ints to = larger(__builtin_convertvector(above, Ints), static_cast<i32>(level));
      *reinterpret_cast<Ints*>(levels.data() + j) = to;
      const Ints within = distance < all(radius_[vertex]);
      fresh |= bits_of(within & QueuedLevels::later(widened(queued.data() + j), to)) << j;
    }
    u8 directions[32];
    const u32 count = set_bits(window & fresh, directions);
    for (u32 n = 0; n < count; n++) {
      const u8 j = directions[n];
      const Address a = static_cast<Address>(around.at(j));
      reached.push_if(
          1, {{a, vertex, j}, static_cast<Address>(block.index(a)), static_cast<u32>(levels[j])});
    }
  }

  // The vertex nearest to a voxel, the first of several.
  u32 nearest(Voxel v) const {
    const Floats x = all(static_cast<float>(v.x)), y = all(static_cast<float>(v.y)),
                 z = all(static_cast<float>(v.z));
    // The nearest of each lane, and where it is.
    Floats least = all(std::numeric_limits<float>::infinity());
    Ints places{};
    for (u64 i = 0; i < at_[0].size(); i += kLanes) {
      const Floats dx = all(size_.x) * (load(&at_[0][i]) - x);
      const Floats dy = all(size_.y) * (load(&at_[1][i]) - y);
      const Floats dz = all(size_.z) * (load(&at_[2][i]) - z);
      const Floats square = dx * dx + dy * dy + dz * dz;
      const Ints below = square < least;
      least = below ? square : least;
      places = below ? static_cast<i32>(i) - Ints{} : places;
    }
    u64 found = 0;
    for (u64 lane = 1; lane < kLanes; lane++)
      if (least[lane] < least[found] ||
          (least[lane] == least[found] && places[lane] < places[found]))
        found = lane;
    return static_cast<u32>(places[found]) + static_cast<u32>(found);
  }

  static Floats length(Floats x, Floats y, Floats z) { return square_root(x * x + y * y + z * z); }

  VoxelSize size_;
  ReachedBoxes boxes_;
  alignas(64) std::array<std::array<float, 32>, 3> step_{};
  std::array<u32, kDirections> beyond_{};  // neighbours that are not beside where it came from
  float diagonal_ = 0;                     // of a voxel
  float levels_per_unit_ = 0, least_ = 0;
  Pile<Address> path_;
  std::vector<Voxel> centres_;
  std::array<std::vector<float>, 3> at_;  // of the vertices, in voxels
  std::vector<float> radius_;
  Pile<RowRun<Address>> runs_;
  Pile<Rim> rim_;  // by level
  // By distance beyond the shortest reach.
  Ring<Entry, kLevels, kChunk<Address>> ring_;
  Pile<Entry> turn_;
  std::vector<Share> shares_;
  Payoff payoff_;
  QueuedLevels queued_;
};

}  // namespace kimimaro
