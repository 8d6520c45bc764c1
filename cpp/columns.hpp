// Distances along columns: of each voxel of some columns side by side
//   min over k of (distance so far at k voxels away)^2 + (k * width)^2.
// A neighbour behind the end of the label never wins, because the squared distance to that end is
// among the candidates from the start; so the search needs no labels, and it may stop as soon as
// (k * width)^2 exceeds what was found. Beyond a few voxels it goes by blocks whose least distance
// so far is known: inside a thick label most are too large to be looked into. The thickest take the
// lower envelope of parabolas instead (Felzenszwalb and Huttenlocher 2012), linear in the length of
// the column.
#pragma once

#include <limits>

#include "simd.hpp"

namespace kimimaro::detail {

constexpr float kFar = std::numeric_limits<float>::infinity();
constexpr u64 kTile = 64;             // columns that are worked on together,
constexpr u64 kGroup = 16;            // and searched together, in one vector or several
constexpr u64 kRow = kTile + kGroup;  // of a tile: the last vector of a row may reach beyond it
constexpr u64 kNear = 8;              // voxels that are searched one by one,
constexpr u64 kBlock = 16;            // and in each block beyond them
constexpr float kLongSearch = 256;    // voxels of search from which on the envelope is cheaper
static_assert(kGroup % kLanes == 0);

// A group of columns at one place.
struct Group {
  static constexpr u64 kVectors = kGroup / kLanes;
  Floats lanes[kVectors];

  explicit Group(const float* from) {
    for (u64 v = 0; v < kVectors; v++) lanes[v] = load(from + v * kLanes);
  }
  void write(float* to) const {
    for (u64 v = 0; v < kVectors; v++) store(to + v * kLanes, lanes[v]);
  }
  // Whether any is above a value that is the same for all.
  bool any_above(float value) const {
    Ints above = all(value) < lanes[0];
    for (u64 v = 1; v < kVectors; v++) above |= all(value) < lanes[v];
    return bits_of(above) != 0;
  }
  // Whether any is above what is read there, plus the same for all.
  bool any_above(const float* from, float plus) const {
    Ints above{};
    for (u64 v = 0; v < kVectors; v++) above |= load(from + v * kLanes) + all(plus) < lanes[v];
    return bits_of(above) != 0;
  }
  // The lesser of each and what is read there, plus the same for all.
  void lower(const float* from, float plus) {
    for (u64 v = 0; v < kVectors; v++)
      lanes[v] = smaller(load(from + v * kLanes) + all(plus), lanes[v]);
  }
};

// A tile of columns: a row of each array is what the tile has of a row of the image. Before the
// first row of values and after the last one is nothing nearby.
struct Columns {
  float width;
  bool edges;              // whether the ends of the column are boundaries
  u64 begin = 0, end = 0;  // the rows in use
  Buffer<float> value, result;
  Buffer<u32> component;
  std::vector<float> squares;  // (k * width)^2
  std::vector<float> least;    // values of each block, a group of columns
  std::vector<u64> hull;       // parabolas of the envelope, and from where on each is lowest
  std::vector<double> start;

  Columns(u64 length, float width, bool edges)
      : width(width),
        edges(edges),
        value((length + 2 * kNear) * kRow),
        result(length * kRow),
        component(length * kRow),
        squares(std::max(length, kNear) + 1),
        hull(length),
        start(length + 1) {
    for (u64 k = 0; k < squares.size(); k++) {
      const float distance = width * static_cast<float>(k);
      squares[k] = distance * distance;
    }
    std::fill_n(value.data(), kNear * kRow, kFar);
    std::fill_n(values(length), kNear * kRow, kFar);
  }

  float* values(u64 i) { return value.data() + (i + kNear) * kRow; }
  const float* values(u64 i) const { return value.data() + (i + kNear) * kRow; }
  float* results(u64 i) { return result.data() + i * kRow; }
  u32* components(u64 i) { return component.data() + i * kRow; }

  void measure() {
    const float limit = kLongSearch * kLongSearch * width * width;
    for (u64 group = 0; group < kTile; group += kGroup) {
      bool thick = false;
      for (u64 lane = group; lane < group + kGroup; lane += kLanes) {
        sweep(lane, begin, 1, values(0));
        thick |= any_below(all(limit), sweep(lane, end - 1, -1, results(0)));
      }
      if (thick && static_cast<float>(end - begin) > kLongSearch) {
        for (u64 lane = group; lane < group + kGroup; lane++) envelope(lane);
      } else {
        search(group);
      }
    }
  }

  // Makes each result the lesser of what stands there and the squared distance from the start of
  // its piece of column, and returns the largest of them in each lane.
  Floats sweep(u64 lane, u64 from, i64 step, const float* there) {
    Floats largest{}, distance = all(edges ? 0 : kFar);
    auto component_at = [&](u64 i) { return *reinterpret_cast<const Ints*>(components(i) + lane); };
    Ints before = component_at(from);
    for (u64 n = begin, i = from; n < end; n++, i += static_cast<u64>(step)) {
      const Ints here = component_at(i);
      distance = (here == before ? distance : Floats{}) + width;
      before = here;
      const Floats bounded = smaller(load(there + i * kRow + lane), distance * distance);
      store(results(i) + lane, bounded);
      largest = bounded > largest ? bounded : largest;
    }
    return largest;
  }

  // Searches outward from each voxel for the nearest boundary. What is beyond the rows in use is
  // either nothing nearby or behind a row of background, which is nearer.
  void search(u64 group) {
    bool known = false;
    for (u64 i = begin; i < end; i++) {
      const float* at = values(i) + group;
      Group best(results(i) + group);
      u64 k = 1;
      for (; k <= kNear && best.any_above(squares[k]); k++) {
        best.lower(at - k * kRow, squares[k]);
        best.lower(at + k * kRow, squares[k]);
      }
      if (k > kNear) {
        if (!std::exchange(known, true)) find_least(group);
        search_blocks(group, i, best);
      }
      best.write(results(i) + group);
    }
  }

  // The least value of each block.
  void find_least(u64 group) {
    least.clear();
    for (u64 i = begin; i < end; i++) {
      if ((i - begin) % kBlock == 0) least.resize(least.size() + kGroup, kFar);
      float* to = least.data() + least.size() - kGroup;
      Group block(to);
      block.lower(values(i) + group, 0);
      block.write(to);
    }
  }

  // The rest of the search from one voxel, which has come to this.
  void search_blocks(u64 group, u64 i, Group& best) const {
    // Looks at the part [from, to) of a block, nowhere nearer than `away`, if that can be worth it;
    // returns whether what is farther can.
    auto look = [&](u64 block, u64 from, u64 to, u64 away) {
      if (!best.any_above(squares[away])) return false;
      if (best.any_above(&least[block * kGroup], squares[away]))
        for (u64 j = from; j < to; j++)
          best.lower(values(j) + group, squares[j > i ? j - i : i - j]);
      return true;
    };
    for (u64 from = i + kNear + 1, to; from < end; from = to) {
      const u64 block = (from - begin) / kBlock;
      to = std::min(begin + (block + 1) * kBlock, end);
      if (!look(block, from, to, from - i)) break;
    }
    for (u64 to = std::max(i, begin + kNear) - kNear, from; to > begin; to = from) {
      const u64 block = (to - 1 - begin) / kBlock;
      from = begin + block * kBlock;
      if (!look(block, from, to, i + 1 - to)) break;
    }
  }

  // The same for one column, as the lower envelope of the parabolas at its voxels.
  void envelope(u64 lane) {
    const double w2 = static_cast<double>(width) * width;
    auto f = [&](u64 i) { return static_cast<double>(values(i)[lane]); };
    u64 n = 0;
    for (u64 i = begin; i < end; i++) {
      if (f(i) == kFar) continue;
      double from = -kFar;
      for (; n; n--) {
        const double p = static_cast<double>(i), q = static_cast<double>(hull[n - 1]);
        from = (f(i) - f(hull[n - 1]) + w2 * (p * p - q * q)) / (2 * w2 * (p - q));
        if (from > start[n - 1]) break;
      }
      hull[n] = i;
      start[n] = n ? from : -kFar;
      n++;
    }
    for (u64 i = begin, h = 0; i < end; i++) {
      if (n == 0) break;
      while (h + 1 < n && start[h + 1] < static_cast<double>(i)) h++;
      const u64 away = i > hull[h] ? i - hull[h] : hull[h] - i;
      float& to = results(i)[lane];
      to = std::min(to, values(hull[h])[lane] + squares[away]);
    }
  }
};

}  // namespace kimimaro::detail
