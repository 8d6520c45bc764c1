// Bounds of what is left to pay on the way from a voxel to the nearest rail, by cells of 4^3
// voxels, for a wide object. Whoever looks at a path every four steps finds it in the same cell or
// in one beside it each time, and in between it enters four voxels, none cheaper than the cheapest
// of the cells around: so the cheapest way over cells costs no more than any path. And from any
// voxel of a full cell four steps lead into any cell beside it, through no other cell: what they
// cost at most is the most that a way over full cells costs. A rail that is drawn lowers both
// around it.
#pragma once

#include "block.hpp"
#include "queue.hpp"
#include "rounds.hpp"
#include "simd.hpp"

namespace kimimaro {

// When bounds are worth the time that they take: for so many voxels of an object, at least, such a
// share of them in full cells, and searches that spread from so many. With assertions on nearly
// always, so that what is small enough for a test has them.
#ifdef NDEBUG
struct Worth {
  u64 voxels = u64{1} << 23;
  double full = 7. / 8;
  u64 spread_from = u64{1} << 12;
};
#else
struct Worth {
  u64 voxels = u64{1} << 10;
  double full = 0;
  u64 spread_from = 8;
};
#endif

template <class Address>
class Bounds {
 public:
  // Begins with an object whose records are its penalties, and whose root is the only rail, if
  // bounds are worth it. Those who attend the rounds take part.
  void enter(const Block<Address>& block, Address root, Rounds& rounds, const Control& control,
             const Worth& worth = {}) {
    worth_ = worth;
    if constexpr (kBoxed<Address>) {
      // Nothing may be forbidden within a cell.
      if (block.voxels < worth.voxels || block.barred.any()) return;
      lay_out(block, rounds, control);
      draw({&root, 1});
      lower_all(control, [&](auto&& lower) { rounds.for_each(2, lower); });
    }
  }
  void leave() {
    if (least_.empty()) return;
    least_ = {};
    most_ = {};
    rails_.clear();
    first_ = {};
  }
  // Searches that spread from more voxels than this need them.
  u64 needed_from() const {
    return least_.empty() ? std::numeric_limits<u64>::max() : worth_.spread_from;
  }

  // These are rails from now on.
  void draw(std::span<const Address> path) {
    if (least_.empty()) return;
    const std::lock_guard lock(guard_);
    for (Address a : path)
      if (rails_.empty() || rails_.back() != cell_of(a)) rails_.push_back(cell_of(a));
  }
  // Lowers the bounds for what was drawn, whoever needs them first. Others may read meanwhile, and
  // get older ones.
  void update(const Control& control) {
    const std::lock_guard lock(guard_);
    lower_all(control, [](auto&& lower) { lower(0), lower(1); });
  }

  // From a voxel, in buckets, without the voxel's own penalty.
  double least(u64 a) const { return in_buckets(least_in(cell_of(a))); }

  // The same from the voxels of a cell, in units.
  static constexpr u32 kPerBucket = 32;
  // At least so much, or an unknown amount at most; four of them are a number, too.
  static constexpr u32 kFar = u32{1} << 28;
  static double in_buckets(u32 units) { return units * (1. / kPerBucket); }
  u32 cell_of(u64 a) const { return first_[a / 64] + static_cast<u32>(a % 64 / kCell); }
  u32 least_in(u32 cell) const { return peek(least_.bounds[cell]); }
  u32 most_in(u32 cell) const { return peek(most_.bounds[cell]); }

 private:
  static constexpr u32 kCell = 4;      // voxels along each axis
  static constexpr u32 kWidth = 1024;  // of a bucket of the ring, which is longer than any step

  struct Entry {
    u32 cell, bound;
  };
  // Bounds of one kind, and the penalties that they grow by from cell to cell; none if they are not
  // worth it.
  struct Side {
    std::vector<u32> bounds, penalties;      // of each cell
    std::unique_ptr<Ring<Entry, 512>> ring;  // is large beside a sparse object
    Pile<Entry> turn;

    bool empty() const { return bounds.empty(); }
  };

  static u32 units(float buckets) {
    return static_cast<u32>(static_cast<i32>(buckets * kPerBucket));
  }

  void lay_out(const Block<Address>& block, Rounds& rounds, const Control& control) {
    const Box& grid = block.grid;
    const u64 rows = grid.plane_words / grid.row_words, planes = grid.words / grid.plane_words;
    // With a cell of padding before each row, a row before each plane, a plane at either end, and
    // what is read beyond a cell's last neighbour.
    const u64 row = grid.row_words * 64 / kCell + 1, plane = row * ((rows - 1) / kCell + 2);
    const u64 cells = plane * ((planes - 1) / kCell + 3) + row + 2;
    if (cells > ~u32{0}) return;
    for (u32 j = 0; j < kDirections; j++) {
      const Offset o = offset_of(j);
      steps_[j] = o.x + o.y * static_cast<i64>(row) + o.z * static_cast<i64>(plane);
    }
    first_.reset(grid.words);
    for (u64 z = 0, word = 0; z < planes; z++)
      for (u64 y = 0; y < rows; y++)
        for (u64 x = 0; x < grid.row_words; x++, word++)
          first_[word] = static_cast<u32>((z / kCell + 1) * plane + (y / kCell + 1) * row +
                                          x * 64 / kCell + 1);
    for (Side* side : {&least_, &most_}) {
      side->bounds.assign(cells, side == &least_ ? 0 : kFar);
      side->penalties.assign(cells, kFar);
      side->ring = std::make_unique<Ring<Entry, 512>>();
    }
    std::atomic<u64> full{0};
    rounds.for_each((grid.hi.z - grid.lo.z) / kCell + 1, [&](u64 z) {
      control.check();
      full += weigh_cells(block, z, row, plane);
    });
    if (static_cast<double>(full) < worth_.full * static_cast<double>(block.voxels)) return leave();
    std::vector<u32> own;
    for (u64 step : {u64{1}, row, plane}) {
      own = least_.penalties;
      for (u64 c = step; c + step < cells; c++)
        least_.penalties[c] = std::min({own[c - step], own[c], own[c + step]});
    }
  }

  // Leaves in each cell of a layer what its own voxels cost; returns how many are in full ones.
  u64 weigh_cells(const Block<Address>& block, u64 z, u64 row, u64 plane) {
    const Box& grid = block.grid;
    // Of a cell's voxels along an axis, those within the box, which begins after one of padding.
    auto within = [](u64 cell, u64 size) {
      const u64 begin = std::max(kCell * cell, u64{1}),
                end = std::min(kCell * (cell + 1), size + 1);
      return std::pair(static_cast<u32>(begin - 1), static_cast<u32>(end - 1));
    };
    const u64 width = grid.hi.x - grid.lo.x, height = grid.hi.y - grid.lo.y,
              depth = grid.hi.z - grid.lo.z;
    const auto [front, back] = within(z, depth);
    // What the voxels of a row of cells cost, one behind the other.
    const u64 columns = grid.row_words * 64;
    std::vector<float> cheapest(columns), dearest(columns);
    std::vector<u32> voxels(columns);
    u64 full = 0;
    for (u64 y = 0; y <= height / kCell; y++) {
      std::fill(cheapest.begin(), cheapest.end(), std::numeric_limits<float>::infinity());
      std::fill(dearest.begin(), dearest.end(), 0.f);
      std::fill(voxels.begin(), voxels.end(), 0);
      const auto [top, bottom] = within(y, height);
      for (u64 layer = grid.lo.z + front; layer < grid.lo.z + back; layer++) {
        block.for_each_run(
            block.first_run(grid.lo.y + top, layer), block.first_run(grid.lo.y + bottom, layer),
            [&](u64 index, const Run& run, const float*) {
              const float* penalties = reinterpret_cast<const float*>(block.record.data() + index);
              const u64 first = run.begin - grid.lo.x + 1;
              for (u64 i = 0; i < run.end - run.begin; i++) {
                cheapest[first + i] = std::min(cheapest[first + i], penalties[i]);
                dearest[first + i] = std::max(dearest[first + i], penalties[i]);
                voxels[first + i]++;
              }
            });
      }
      for (u64 x = 0; x <= width / kCell; x++) {
        const float* least = cheapest.data() + x * kCell;
        const float* most = dearest.data() + x * kCell;
        const u32* counts = voxels.data() + x * kCell;
        const u32 count = counts[0] + counts[1] + counts[2] + counts[3];
        if (!count) continue;
        const u64 c = (z + 1) * plane + (y + 1) * row + x + 1;
        least_.bounds[c] = kFar;
        least_.penalties[c] = units(*std::min_element(least, least + kCell));
        const auto [left, right] = within(x, width);
        if (count < (right - left) * (bottom - top) * (back - front)) continue;
        most_.penalties[c] = units(*std::max_element(most, most + kCell)) + 1;
        full += count;
      }
    }
    return full;
  }

  // Lowers both sides for the rails that they do not know yet; each(lower) calls lower(0) and
  // lower(1).
  template <class Each>
  void lower_all(const Control& control, Each&& each) {
    if (least_.empty()) return;
    try {
      each([&](u64 side) {
        if (side == 0) {
          for (u32 c : rails_)
            for (i64 step : steps_) lower(least_, static_cast<u32>(c + step), 0);
          spread<kCell>(least_, control);
        } else {
          // Within its cell a rail, which costs nothing, is at most three steps away.
          for (u32 c : rails_) lower(most_, c, (kCell - 2) * most_.penalties[c]);
          spread<kCell - 1>(most_, control);
        }
      });
    } catch (...) {  // no memory, or no time: the bounds say nothing any more
      for (u32& least : least_.bounds) put(least, 0);
      for (u32& most : most_.bounds) put(most, kFar);
      for (Side* side : {&least_, &most_}) side->ring->clear();
      rails_.clear();
      throw;
    }
    rails_.clear();
  }
  static void lower(Side& side, u32 c, u32 bound) {
    if (bound >= side.bounds[c]) return;
    put(side.bounds[c], bound);
    side.ring->push(bound / kWidth, {c, bound});
  }
  // Lowers the bounds of what is around those that were lowered, nearest first. Of the four voxels
  // that a way enters from a cell to one beside it so many count as in the one that it begins in.
  template <u32 kThere>
  void spread(Side& side, const Control& control) {
    const std::vector<u32>&bounds = side.bounds, &penalties = side.penalties;
    for (u64 bucket = 0; side.ring->next(bucket);) {
      control.check();
      side.ring->drain(bucket, side.turn);
      for (const auto [c, bound] : side.turn) {
        if (bounds[c] != bound) continue;  // lowered once more
        const u32 from = bound + (kCell - kThere) * penalties[c];
        u32 farther = 0;  // of the 27 cells around, those to lower
        for (u32 j = 0; j < kDirections; j += 3) {
          const u64 row = static_cast<u64>(c + steps_[j]);
          const Quad lowered =
              load_quad(&penalties[row]) * static_cast<i32>(kThere) + static_cast<i32>(from);
          farther |= (bits_of(lowered < load_quad(&bounds[row])) & 0b111) << j;
        }
        for (; farther; farther &= farther - 1) {
          const u32 beside = static_cast<u32>(c + steps_[std::countr_zero(farther)]);
          lower(side, beside, from + kThere * penalties[beside]);
        }
      }
    }
  }

  Worth worth_;
  // Never lowered where the object has no voxel. By the cheapest voxel of the cell and those
  // around.
  Side least_;
  // By the dearest voxel of the cell, if it is full: as far as the box goes.
  Side most_;
  std::vector<u32> rails_;  // cells of those that the bounds do not know yet
  std::mutex guard_;
  Buffer<u32> first_;  // the cell of each word's first voxel
  std::array<i64, kDirections> steps_{};
};

// At least what a path costs that this is the cost of, or that of two parts of it: keys are short
// of their fractions, and sums of as many roundings as the path has steps.
inline double surely(double cost) { return cost * (1 + 0x1p-22) + 3; }

// A voxel that a search left out, and its key.
template <class Address>
using LeftOut = Keyed<Address, float>;

// What the path to one target may cost at most, by the voxels that were touched.
template <class Address>
class Limit {
 public:
  // What is dropped is added to a pile, if one is given.
  Limit(const Bounds<Address>& bounds, Pile<LeftOut<Address>>* left_out)
      : bounds_(bounds), left_out_(left_out) {}

  // Drops the entries of a bucket that no cheapest path leads through.
  void apply(auto& entries, u64 bucket) {
    const u64 count = entries.size();
    cells_.ensure(count);
    u32* const cells = cells_.begin();
    u32 nearest = Cells::kFar;
    for (u64 i = 0; i < count; i++) {
      cells[i] = bounds_.cell_of(entries[i].address);
      nearest = std::min(nearest, bounds_.most_in(cells[i]));
    }
    const double cost = static_cast<double>(bucket);
    if (nearest < Cells::kFar) most_ = std::min(most_, surely(cost + Cells::in_buckets(nearest)));
    const double left = (most_ - cost) * Cells::kPerBucket;
    const i64 most = left < Cells::kFar ? static_cast<i64>(left) : ~u32{0};
    if (left_out_) left_out_->ensure(count);
    u64 kept = 0;
    for (u64 i = 0; i < count; i++) {
      const auto entry = entries[i];
      const u32 keep = bounds_.least_in(cells[i]) <= most;
      if (left_out_) left_out_->push_if(1 - keep, {entry.address, static_cast<float>(bucket)});
      entries[kept] = entry;
      kept += keep;
    }
    entries.resize(kept);
  }

 private:
  using Cells = Bounds<Address>;

  const Bounds<Address>& bounds_;
  Pile<LeftOut<Address>>* left_out_;
  double most_ = std::numeric_limits<double>::infinity();
  Pile<u32> cells_;  // of the entries
};

}  // namespace kimimaro
