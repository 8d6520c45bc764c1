// One component laid out for search: a bit for each voxel of its grid, and compact records, one for
// each of its own voxels.
#pragma once

#include <span>
#include <utility>

#include "bits.hpp"
#include "repair.hpp"

namespace kimimaro {

// Objects of more voxels than this leave queues behind that are worth giving back.
constexpr u64 kLargeObject = u64{1} << 22;

// Whether addresses in a component's box take more than 32 bits.
inline bool needs_wide_addresses(const Component& c) {
  return 64 * (Box(c.lo, c.hi).words + 2) >= u64{~u32{0}};
}

// The voxel size for searches: an axis along which the image is one voxel thick has no steps, so
// that a tiny size along it must not make the buckets narrow.
inline VoxelSize search_size(const Objects& objects) {
  VoxelSize size = objects.size;
  const float largest = std::max({size.x, size.y, size.z});
  if (objects.shape.x == 1) size.x = largest;
  if (objects.shape.y == 1) size.y = largest;
  if (objects.shape.z == 1) size.z = largest;
  return size;
}

// Entries of a queue's chunk: in a sparse object few voxels at a time are queued, and in as many
// buckets.
template <class Address>
constexpr u32 kChunk = kBoxed<Address> ? 127 : 7;

// The forbidden steps of one component.
class Barred {
 public:
  bool any() const { return !steps_.empty(); }
  // Adds voxels in the order of their addresses; the steps are not none.
  void add(const Box& grid, u64 a, u32 steps) {
    if (!any()) {
      voxels_.reserve(grid);
      near_.reserve(grid);
      ends_.reserve(grid);
      rank_.reserve(grid.words);
    }
    voxels_.set(a);
    if (steps >> (kCentre + 1) & 1) ends_.set(a);
    steps_.push_back(steps);
  }
  // After the last voxel; rows calls visit(first word, words) for the rows of the component.
  template <class Rows>
  void finish(const Box& grid, Rows&& rows) {
    u64 rank = 0;
    rows([&](u64 first, u64 words) {
      for (u64 w = first; w < first + words; w++) {
        rank_[w] = rank;
        rank += static_cast<u64>(std::popcount(voxels_.words()[w]));
        near_.words()[w] = voxels_.near(grid, w);
      }
    });
  }
  template <class Rows>
  void leave(Rows&& rows) {
    rows([&](u64 first, u64 words) {
      for (Bits* bits : {&voxels_, &near_, &ends_}) std::fill_n(bits->words() + first, words, 0);
    });
    steps_.clear();
  }

  bool has(u64 a) const { return voxels_.has(a); }
  // The first of the bits [begin, end) of a row that has forbidden steps, end if none has.
  u64 first_in(u64 row, u64 begin, u64 end) const { return voxels_.first_in(row, begin, end); }
  // Whether it or any of its 26 neighbours has a forbidden step.
  bool near(u64 a) const { return near_.has(a); }
  // The part around a bit of the bits [begin, end) of a row that forbidden steps along x cut.
  std::pair<u64, u64> uncut(u64 row, u64 begin, u64 bit, u64 end) const {
    return {ends_.after_last_in(row, begin, bit), ends_.first_in(row, bit, end - 1) + 1};
  }
  // A window without the neighbours that no step is allowed to.
  u32 passable(u64 a, u32 window) const { return any() ? window & ~steps(a) : window; }
  u32 steps(u64 a) const { return has(a) ? listed(a) : 0; }
  // Of the voxels around one, those that no step is allowed to from its neighbour in direction j.
  u32 hidden(const Box& grid, u64 a, u32 j) const {
    const u32 there = steps(a + static_cast<u64>(grid.step[j])) & kBeside[j];
    return j < kCentre ? there >> (kCentre - j) : there << (j - kCentre);
  }
  // Those voxels of a window around one that have forbidden steps to others of it.
  u32 tangled(const Box& grid, u64 a, u32 window) const {
    u32 found = 0;
    for (u32 left = window & voxels_.window(grid, a); left; left &= left - 1)
      if (hidden(grid, a, static_cast<u32>(std::countr_zero(left))) & window) found |= left & -left;
    return found;
  }

 private:
  [[gnu::noinline]] u32 listed(u64 a) const {
    const u64 below = voxels_.words()[a >> 6] & ((u64{1} << (a & 63)) - 1);
    return steps_[rank_[a >> 6] + static_cast<u64>(std::popcount(below))];
  }

  Bits voxels_, near_, ends_;  // ends_: the step along x is forbidden
  Zeros<u64> rank_;            // voxels with forbidden steps before each word
  std::vector<u32> steps_;
};

// The component being traced. Address is u32 where the padded box has fewer bits than that, Packed
// where the component fills little of it.
template <class Address>
class Block {
 public:
  Grid<Address> grid;
  Bits component;
  Barred barred;
  // One word a voxel: first its distance from the root (as a float), then its penalty in buckets
  // (a float without its last five bits) with the direction it was reached by in those bits, and
  // once it is drawn, kRail with the number of its vertex and that direction.
  Buffer<u32> record;
  u64 voxels = 0;

  static constexpr u32 kRail = 0x8000'0000u;
  static constexpr u32 kDirectionBits = 31;
  static constexpr u64 kMostVertices = 0x7f80'0000u >> 5;  // from there on it would be no number

  void enter(const Objects& objects, const Component& c) {
    runs_ = objects.runs_of(c);
    grid.enter(objects, c, runs_);
    objects_ = &objects;
    voxels = c.voxels;
    component.reserve(grid);
    rank_.reserve(grid.words);
    record.reserve(voxels);
    for (const Run& run : runs_) {
      const u64 a = grid.address(place(run, run.begin));
      set_range(component.words(), a, a + (run.end - run.begin));
    }
    if constexpr (kBoxed<Address>)
      if (objects.barriers.any()) enter_barriers(objects.barriers);
    u64 rank = 0;
    for_each_row([&](u64 first, u64 words) {
      for (u64 w = first; w < first + words; w++) {
        rank_[w] = static_cast<Address>(rank);
        rank += static_cast<u64>(std::popcount(component.words()[w]));
      }
    });
  }

  // Leaves all bits zero for the next component.
  void leave() {
    clear_rows(component);
    if constexpr (kBoxed<Address>)
      if (barred.any()) barred.leave([&](auto&& visit) { for_each_row(visit); });
  }

  // Tells where the records of the component's voxels are; a value for loops, like a grid's guide.
  class Indices {
   public:
    Indices(const Address* rank, const u64* words) : rank_(rank), words_(words) {}
    u64 of(u64 a) const {
      const u64 below = (u64{1} << (a & 63)) - 1;
      return u64{rank_[a >> 6]} + static_cast<u64>(std::popcount(words_[a >> 6] & below));
    }
    // What of() will read: where many are looked up, all can be fetched before the first.
    void prefetch(u64 a) const {
      kimimaro::prefetch(&rank_[a >> 6]);
      kimimaro::prefetch(&words_[a >> 6]);
    }

   private:
    const Address* rank_;
    const u64* words_;
  };
  Indices indices() const { return {rank_.data(), component.words()}; }
  u64 index(u64 a) const { return indices().of(a); }
  // Enters where the records of these voxels are, and fetches them.
  void look_up(auto* touches, u64 count) const {
    const Indices indices = this->indices();
    const u32* const records = record.data();
    for (u64 t = 0; t < count; t++) {
      const u64 i = indices.of(touches[t].address);
      prefetch(&records[i]);
      touches[t].index = static_cast<Address>(i);
    }
  }

  // Calls visit(first word, words) for the rows of the grid that have voxels of the component.
  template <class Visit>
  void for_each_row(Visit&& visit) const {
    grid.for_each_row(*objects_, runs_, visit);
  }
  void copy_rows(const Bits& from, Bits& to) const {
    for_each_row([&](u64 first, u64 words) {
      std::copy_n(from.words() + first, words, to.words() + first);
    });
  }
  void clear_rows(Bits& bits) const {
    for_each_row([&](u64 first, u64 words) { std::fill_n(bits.words() + first, words, 0); });
  }
  u64 words_of_rows() const {
    u64 count = 0;
    for_each_row([&](u64, u64 words) { count += words; });
    return count;
  }

  // Calls visit(first record, run, its distances to boundary) for each run.
  template <class Visit>
  void for_each_run(Visit&& visit) const {
    for_each_run(0, runs_.size(), visit);
  }
  // The same for some of the runs only.
  template <class Visit>
  void for_each_run(u64 from, u64 to, Visit&& visit) const {
    constexpr u64 kAhead = 8;
    u64 first = from < to ? index(grid.address(place(runs_[from], runs_[from].begin))) : 0;
    for (u64 i = from; i < to; i++) {
      if (i + kAhead < runs_.size()) prefetch(dbf_of(runs_[i + kAhead]));
      visit(first, runs_[i], dbf_of(runs_[i]));
      first += runs_[i].end - runs_[i].begin;
    }
  }
  u64 runs() const { return runs_.size(); }
  // The first run in this row of the image, or behind it.
  u64 first_run(u64 y, u64 z) const {
    const u64 row = y + z * objects_->shape.y;
    const auto before = [&](const Run& run) { return run.row < row; };
    return static_cast<u64>(std::partition_point(runs_.begin(), runs_.end(), before) -
                            runs_.begin());
  }

  Voxel place(const Run& run, u32 x) const { return objects_->place(run, x); }

  // The distance to boundary of a voxel of the component.
  float dbf(Voxel v) const {
    const u32 row = static_cast<u32>(v.y + v.z * objects_->shape.y);
    const auto after = std::upper_bound(
        runs_.begin(), runs_.end(), std::pair(row, v.x),
        [](const auto& at, const Run& run) { return at < std::pair(run.row, run.begin); });
    return dbf_of(after[-1])[v.x - after[-1].begin];
  }

 private:
  void enter_barriers(const Barriers& barriers) {
    for (const Run& run : runs_) {
      for (const Barrier& b : barriers.row(run.row, run.begin)) {
        if (b.x >= run.end) break;
        const u64 a = grid.address(place(run, b.x));
        const u32 steps = b.steps & component.window(grid, a);
        if (steps) barred.add(grid, a, steps);
      }
    }
    if (barred.any()) barred.finish(grid, [&](auto&& visit) { for_each_row(visit); });
  }
  const float* dbf_of(const Run& run) const {
    return objects_->dbf.data() + objects_->storage(run);
  }
  const Objects* objects_ = nullptr;
  std::span<const Run> runs_;
  Zeros<Address> rank_;  // voxels of the component before each word
};

}  // namespace kimimaro
