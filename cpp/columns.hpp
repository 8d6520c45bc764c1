// Distances along columns: of each voxel of some columns side by side
//   min over k of (distance so far at k voxels away)^2 + (k * width)^2.
// A neighbour behind the end of the label never wins, because the squared distance to that end is
// among the candidates from the start; so the search needs no labels, and it may stop as soon as
// (k * width)^2 exceeds what was found. It goes by strips of rows, all rows of one against all of
// another, and a strip whose least distance so far is too large to matter is not looked into. The
// thickest labels take the lower envelope of parabolas instead (Felzenszwalb and Huttenlocher
// 2012), linear in the length of the column.
#pragma once

#include <limits>

#include "simd.hpp"

namespace kimimaro::detail {

constexpr float kFar = std::numeric_limits<float>::infinity();
constexpr u64 kTile = 64;             // columns that are worked on together,
constexpr u64 kRow = kTile + kLanes;  // of a tile: the last vector of a row may reach beyond it
constexpr u64 kStrip = 8;             // rows that are searched together
constexpr float kLongSearch = 1024;   // voxels of search from which on the envelope is cheaper

// Results of some rows that follow each other, in as many columns as there are lanes.
struct Strip {
  Floats rows[kStrip];

  explicit Strip(const float* from) {
    for (u64 r = 0; r < kStrip; r++) rows[r] = load(from + r * kRow);
  }
  void write(float* to) const {
    for (u64 r = 0; r < kStrip; r++) store(to + r * kRow, rows[r]);
  }
  Floats largest() const {
    Floats found = rows[0];
    for (u64 r = 1; r < kStrip; r++) found = larger(rows[r], found);
    return found;
  }
  // The lesser of each and a value so far, plus the square of how far that is from the first row;
  // for each other row it stands one earlier.
  void lower(Floats value, const float* square) {
    for (u64 r = 0; r < kStrip; r++) rows[r] = smaller(value + all(*(square - r)), rows[r]);
  }
};

// A tile of columns: a row of each array is what the tile has of a row of the image.
struct Columns {
  float width;
  bool edges;              // whether the ends of the column are boundaries
  u64 begin = 0, end = 0;  // the rows in use
  Buffer<float> value, result;
  Buffer<u32> component;
  std::vector<float> squares;  // (k * width)^2 for k of either sign, see square()
  std::vector<float> least;    // values of each strip
  std::vector<u64> hull;       // parabolas of the envelope, and from where on each is lowest
  std::vector<double> start;

  Columns(u64 length, float width, bool edges)
      : width(width),
        edges(edges),
        value(length * kRow),
        result((length + kStrip) * kRow),
        component(length * kRow),
        squares(2 * (length + kStrip) + 1),
        hull(length),
        start(length + 1) {
    for (u64 k = 0; k <= length + kStrip; k++) {
      const float distance = width * static_cast<float>(k);
      squares[length + kStrip + k] = squares[length + kStrip - k] = distance * distance;
    }
  }

  float* values(u64 i) { return value.data() + i * kRow; }
  float* results(u64 i) { return result.data() + i * kRow; }
  // Where (k * width)^2 stands, those of less and more beside it.
  const float* square(i64 k) const { return squares.data() + squares.size() / 2 + k; }
  u32* components(u64 i) { return component.data() + i * kRow; }

  void measure() {
    const float limit = kLongSearch * kLongSearch * width * width;
    for (u64 lane = 0; lane < kTile; lane += kLanes) {
      sweep(lane, begin, 1, values(0));
      const Floats largest = sweep(lane, end - 1, -1, results(0));
      if (static_cast<float>(end - begin) > kLongSearch && any_below(all(limit), largest)) {
        for (u64 i = 0; i < kLanes; i++) envelope(lane + i);
      } else {
        search(lane);
      }
    }
  }

  // Makes each result the lesser of what stands there and the squared distance from the start of
  // its piece of column, and returns the largest of them in each lane.
  Floats sweep(u64 lane, u64 from, i64 step, const float* there) {
    // In steps, which are counted exactly.
    Floats largest{}, away = all(edges ? 0 : kFar);
    auto component_at = [&](u64 i) { return load(components(i) + lane); };
    Ints before = component_at(from);
    for (u64 n = begin, i = from; n < end; n++, i += static_cast<u64>(step)) {
      const Ints here = component_at(i);
      away = (here == before ? away : Floats{}) + 1;
      const Floats distance = away * width;
      before = here;
      const Floats bounded = smaller(load(there + i * kRow + lane), distance * distance);
      store(results(i) + lane, bounded);
      largest = larger(bounded, largest);
    }
    return largest;
  }

  // Searches outward from each strip. What is beyond the rows in use is either nothing nearby or
  // behind a row of background, which is nearer.
  void search(u64 lane) {
    const u64 strips = (end - begin + kStrip - 1) / kStrip;
    find_least(lane, strips);
    // Rows of the last strip that are not in use ask for nothing.
    for (u64 i = end; i < begin + strips * kStrip; i++) store(results(i) + lane, Floats{});
    for (u64 here = 0; here < strips; here++) {
      float* const at = results(begin + here * kStrip) + lane;
      Strip strip(at);
      auto look = [&](u64 there) {
        const u64 from = begin + there * kStrip, to = std::min(from + kStrip, end);
        const float* apart =
            square(static_cast<i64>(there * kStrip) - static_cast<i64>(here * kStrip));
        for (u64 i = from; i < to; i++) strip.lower(load(values(i) + lane), apart++);
      };
      Floats largest = strip.largest();
      if (!any_below(all(*square(1)), largest)) continue;
      look(here);
      largest = strip.largest();
      for (u64 away = 1; away < strips; away++) {
        const Floats nearest = all(*square(static_cast<i64>((away - 1) * kStrip + 1)));
        if (!any_below(nearest, largest)) break;
        for (u64 there : {here - away, here + away}) {
          if (there >= strips || !any_below(load(&least[there * kLanes]) + nearest, largest))
            continue;
          look(there);
          largest = strip.largest();
        }
      }
      strip.write(at);
    }
  }

  // The least value of each strip.
  void find_least(u64 lane, u64 strips) {
    least.resize(strips * kLanes);
    for (u64 s = 0; s < strips; s++) {
      const u64 from = begin + s * kStrip, to = std::min(from + kStrip, end);
      Floats lowest = all(kFar);
      for (u64 i = from; i < to; i++) lowest = smaller(load(values(i) + lane), lowest);
      store(&least[s * kLanes], lowest);
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
      to = std::min(to, values(hull[h])[lane] + *square(static_cast<i64>(away)));
    }
  }
};

}  // namespace kimimaro::detail
