// Which voxels the balls around a path explain. Up to the shortest reach of its vertices that is
// whatever is connected to the path. Beyond it the balls differ, and each voxel belongs to one of
// them. In the middle of the object that is the one around the nearest vertex. From there on a
// voxel is explained if one of its neighbours belongs to a vertex that reaches it, and then belongs
// to that vertex too; the nearest go first. So a large ball does not reach around a corner into
// what lies beside a thin branch.
//
// All but the last step is done by rows: balls of the shortest reach are set as bit ranges, and
// what is near the middle beyond them is asked for where the flood gets to.
#pragma once

#include <cmath>
#include <limits>

#include "invalidate.hpp"
#include "middle.hpp"

namespace kimimaro {

// The level that each voxel of a component is queued for, if it is: most voxels are reached from
// a dozen neighbours, and only a level below the one it has needs to be queued.
class QueuedLevels {
 public:
  void enter(u64 voxels) { bytes_.assign(voxels + 4, 0); }

  // Levels differ by less than kHorizon, and so do from all others only in their last bits.
  static constexpr i32 kHorizon = 64, kQueued = 2 * kHorizon;

  // Has the voxel of this index queued for a level.
  void queue(u64 index, u32 level) {
    bytes_[index + 1] = static_cast<u8>(kQueued | (level & (kQueued - 1)));
  }

  // Where the bytes of the voxels around one are: the records of a row's voxels follow each other,
  // so that three take one load. Rows that the window has no voxels in are anywhere.
  template <class Address>
  struct Rows {
    std::array<Address, 9> first;
    u32 gaps;  // rows whose middle voxel has no record
  };
  template <class Address>
  Rows<Address> rows(const Block<Address>& block, const auto& around, u32 window) const {
    Rows<Address> found{};
    for (u32 row = 0; row < 9; row++) {
      const u64 middle = around.at(3 * row + 1);
      const u64 index = window >> 3 * row & 7 ? block.index(middle) : 0;
      found.first[row] = static_cast<Address>(index);
      found.gaps |= u32{!block.component.has(middle)} << row;
      prefetch(&bytes_[index]);
    }
    return found;
  }
  // Writes the bytes of a neighbourhood.
  template <class Address>
  void around(const Rows<Address>& rows, u8* to) const {
    for (u32 row = 0; row < 9; row++) {
      u32 three;
      std::memcpy(&three, &bytes_[rows.first[row]], 4);
      if (rows.gaps >> row & 1) three = (three & 0xffff) | (three & 0xff00) << 8;
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
  explicit Balls(VoxelSize size) : size_(size), sites_(size), middle_(size, sites_) {
    for (u32 j = 0; j < kDirections; j++) {
      const Offset o = offset_of(j);
      step_[0][j] = size.x * static_cast<float>(o.x);
      step_[1][j] = size.y * static_cast<float>(o.y);
      step_[2][j] = size.z * static_cast<float>(o.z);
      for (u32 i = 0; i < kDirections; i++)
        if (i == kCentre || !(kBeside[i] >> j & 1)) beyond_[i] |= 1u << j;
    }
    const float diagonal = std::sqrt(size.x * size.x + size.y * size.y + size.z * size.z);
    levels_per_unit_ = (kLevels - 3) / diagonal;
  }

  void enter(const Block<Address>& block) {
    middle_.enter(block.grid);
    queued_.enter(block.voxels);
    ring_.clear();
  }

  // The path's next vertex, how far it reaches, and its distance to boundary.
  void add(Address address, Voxel v, float radius, float dbf) {
    path_.push(address);
    centres_.push_back(v);
    sites_.add(v);
    radius_.push_back(radius);
    middle_.add(radius, dbf);
  }

  // Explains what the added vertices reach, and forgets them; returns how many voxels that is.
  u64 explain(Unexplained<Address>& unexplained, const Block<Address>& block, Control& control) {
    const u64 before = unexplained.count();
    if (!path_.empty()) {
      const auto [least, most] = std::minmax_element(radius_.begin(), radius_.end());
      least_ = *least;
      const bool beyond = *most > least_;
      if (beyond) sites_.finish();
      flood(unexplained, block.grid, control);
      if (beyond && unexplained.count()) grow(unexplained, block, control);
    }
    path_.clear();
    centres_.clear();
    sites_.clear();
    radius_.clear();
    middle_.clear();
    return before - unexplained.count();
  }

 private:
  struct Entry {
    Address address;
    u32 vertex : 27, direction : 5;  // that it would belong to, and that it was reached by
  };
  // An entry of the turn that has voxels to reach around it, those of the window.
  struct Reaching {
    Entry entry;
    u32 window;
    typename Grid<Address>::Place place;
    QueuedLevels::Rows<Address> rows;
  };
  // A voxel of the rim, which has been explained.
  struct Rim {
    u32 level;
    Entry entry;
  };
  static constexpr u64 kLevels = QueuedLevels::kHorizon;
  static constexpr u64 kAhead = 8;
  static constexpr u64 kBatch = 32;

  // Explains what is connected within the shortest reach and near the middle.
  void flood(Unexplained<Address>& unexplained, const Grid<Address>& grid, Control& control) {
    const float radius = std::nextafter(least_, 0.f);  // a voxel at that very distance is outside
    // A ball around everything, as often in small objects, makes the others needless.
    const auto large = std::find_if(centres_.begin(), centres_.end(), [&](const Voxel& v) {
      return unexplained.covers(grid, v, radius);
    });
    control.check();
    const bool one = large != centres_.end();
    unexplained.add_balls(grid, one ? std::span<const Voxel>(large, 1) : centres_, radius);
    runs_.clear();
    auto keep = [&](const RowRun<Address>& run) { runs_.push(run); };
    const std::span<const Address> from(path_.begin(), path_.size());
    if (one || middle_.widest() <= least_)
      unexplained.flood(grid, from, keep);
    else
      unexplained.flood(grid, from, keep,
                        [&](u64 word, u64 voxels) { return middle_.among(grid, word, voxels); });
  }

  // Lets the balls grow on from the rim of what was flooded.
  void grow(Unexplained<Address>& unexplained, const Block<Address>& block, Control& control) {
    std::sort(runs_.begin(), runs_.end());
    rim_.clear();
    for (const RowRun<Address>& run : runs_) {
      control.check();
      edge_.clear();
      unexplained.for_each_beside(block.grid, run, [&](Address a) { edge_.push(a); });
      add_rim(block.grid);
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
      spread(unexplained, block, level);
    }
  }

  // The voxels of one run that have others beside them.
  void add_rim(const Grid<Address>& grid) {
    for (u64 i = 0, end; i < edge_.size(); i = end) {
      u32 lanes = 0;
      for (end = i; end < edge_.size() && edge_[end] - edge_[i] < kLanes; end++)
        lanes |= 1u << (edge_[end] - edge_[i]);
      const auto [vertex, distance] = sites_.ask(grid.voxel(edge_[i]), lanes);
      const Ints levels = level_of(distance);
      for (u64 e = i; e < end; e++) {
        const u64 lane = edge_[e] - edge_[i];
        rim_.push({static_cast<u32>(std::max(0, levels[lane])),
                   {edge_[e], static_cast<u32>(vertex[lane]), kCentre}});
      }
    }
  }
  // The levels of voxels so far from the vertex they belong to.
  Ints level_of(Floats distance) const {
    return __builtin_convertvector((distance - all(least_)) * all(levels_per_unit_), Ints);
  }

  // Queues what the entries of the turn reach, in their order; what tells which of it is queued is
  // fetched for a batch before the first is looked at.
  void spread(const Unexplained<Address>& unexplained, const Block<Address>& block, u64 level) {
    for (u64 begin = 0; begin < turn_.size(); begin += kBatch) {
      const u64 end = std::min(begin + kBatch, turn_.size());
      u64 count = 0;
      for (u64 i = begin; i < end; i++) count += look(unexplained, block, turn_[i], batch_[count]);
      for (u64 i = 0; i < count; i++) reach(block, batch_[i], level);
    }
  }

  // Enters what a voxel may reach; returns whether that is anything. Those that are beside the
  // voxel it was reached from, which belongs to the same vertex, were queued from there, unless
  // that step is forbidden.
  bool look(const Unexplained<Address>& unexplained, const Block<Address>& block, const Entry& from,
            Reaching& to) const {
    const auto around = block.grid.around(from.address);
    u32 beyond = beyond_[from.direction];
    if constexpr (kBoxed<Address>)
      if (block.barred.any())
        beyond |= block.barred.hidden(block.grid, from.address, kDirections - 1 - from.direction);
    const u32 window = unexplained.window(from.address, around) & beyond;
    if (!window) return false;
    to = {from, window, around.place(), queued_.rows(block, around, window)};
    return true;
  }

  // Queues the neighbours of a voxel that the vertex it belongs to reaches.
  void reach(const Block<Address>& block, const Reaching& reaching, u64 level) {
    const Entry& from = reaching.entry;
    alignas(64) std::array<u8, 32> queued;
    queued_.around(reaching.rows, queued.data());
    const Voxel v = block.grid.voxel(from.address);
    const u32 vertex = from.vertex;
    const std::array<float, 3> at = sites_[vertex];
    const Floats x = all(size_.x * (static_cast<float>(v.x) - at[0]));
    const Floats y = all(size_.y * (static_cast<float>(v.y) - at[1]));
    const Floats z = all(size_.z * (static_cast<float>(v.z) - at[2]));
    alignas(64) std::array<i32, 32> levels;
    u32 fresh = 0;
    for (u64 j = 0; j < 32; j += kLanes) {
      const Floats distance = length(x + load(step_[0].data() + j), y + load(step_[1].data() + j),
                                     z + load(step_[2].data() + j));
      const Ints to = larger(level_of(distance), static_cast<i32>(level));
      store(levels.data() + j, to);
      const Ints within = distance < all(radius_[vertex]);
      fresh |= bits_of(within & QueuedLevels::later(widened(queued.data() + j), to)) << j;
    }
    u8 directions[32];
    const u32 count = set_bits(reaching.window & fresh, directions);
    for (u32 n = 0; n < count; n++) {
      const u8 j = directions[n];
      const Address a = static_cast<Address>(block.grid.beside(reaching.place, j));
      const u32 to = static_cast<u32>(levels[j]);
      queued_.queue(block.index(a), to);
      ring_.push(to, {a, vertex, j});
    }
  }

  VoxelSize size_;
  NearestSites sites_;  // the vertices
  Middle<Address> middle_;
  alignas(64) std::array<std::array<float, 32>, 3> step_{};
  std::array<u32, kDirections> beyond_{};  // neighbours that are not beside where it came from
  float levels_per_unit_ = 0, least_ = 0;
  Pile<Address> path_;
  std::vector<Voxel> centres_;
  std::vector<float> radius_;
  Pile<RowRun<Address>> runs_;
  Pile<Address> edge_;  // of a run
  Pile<Rim> rim_;       // by level
  // By distance beyond the shortest reach.
  Ring<Entry, kLevels, kChunk<Address>> ring_;
  Pile<Entry> turn_;
  std::array<Reaching, kBatch> batch_;
  QueuedLevels queued_;
};

}  // namespace kimimaro
