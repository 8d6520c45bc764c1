// Distance to boundary of every object at once: the exact anisotropic Euclidean distance from
// each voxel's centre to that of the nearest voxel of another label. One pass an axis:
//   along x  in closed form, from the ends of the runs;
//   along z and y  min over k of (distance so far at k voxels away)^2 + (k * width)^2.
// A neighbour behind the end of the label never wins, because the squared distance to that end is
// among the candidates from the start; so the search needs no labels, and it may stop as soon as
// (k * width)^2 exceeds what was found. Beyond a few voxels it goes by blocks whose least distance
// so far is known: inside a thick label most are too large to be looked into. The thickest take the
// lower envelope of parabolas instead (Felzenszwalb and Huttenlocher 2012), linear in the length of
// the column.
//
// Where a step over a face is forbidden, the voxel behind it counts as one of another label.
#pragma once

#include <cmath>
#include <limits>

#include "objects.hpp"
#include "simd.hpp"

namespace kimimaro {

namespace detail {

constexpr float kFar = std::numeric_limits<float>::infinity();
constexpr u64 kTile = 4 * kLanes;   // columns that are worked on together
constexpr u64 kNear = 8;            // voxels that are searched one by one,
constexpr u64 kBlock = 16;          // and in each block beyond them
constexpr float kLongSearch = 256;  // voxels of search from which on the envelope is cheaper

// Squared distances along x to the ends of a run; the ends of the row count if edges do.
inline void measure_run(Span run, u32 row_length, float width, bool edges, float* to) {
  const bool left = edges || run.begin > 0, right = edges || run.end < row_length;
  for (u32 x = run.begin; x < run.end; x++) {
    const float from_left = left ? width * static_cast<float>(x - run.begin + 1) : kFar;
    const float from_right = right ? width * static_cast<float>(run.end - x) : kFar;
    const float nearest = std::min(from_left, from_right);
    *to++ = nearest * nearest;
  }
}

// A tile of columns: value[i * kTile + lane] with the component of each voxel beside it.
struct Columns {
  float width;
  bool edges;              // whether the ends of the column are boundaries
  u64 begin = 0, end = 0;  // the rows in use
  Buffer<float> value, result;
  Buffer<u32> component;
  std::vector<float> squares;  // (k * width)^2
  std::vector<float> least;    // values of each block, a vector of columns
  std::vector<u64> hull;       // parabolas of the envelope, and from where on each is lowest
  std::vector<double> start;

  Columns(u64 length, float width, bool edges)
      : width(width),
        edges(edges),
        value(length * kTile),
        result(length * kTile),
        component(length * kTile),
        squares(length + 1),
        hull(length),
        start(length + 1) {
    for (u64 k = 0; k <= length; k++) {
      const float distance = width * static_cast<float>(k);
      squares[k] = distance * distance;
    }
  }

  void measure() {
    const u64 length = end - begin;
    std::copy_n(value.data() + begin * kTile, length * kTile, result.data() + begin * kTile);
    for (u64 group = 0; group < kTile; group += kLanes) {
      sweep(group, begin, 1);
      const Floats largest = sweep(group, end - 1, -1);
      const float limit = kLongSearch * kLongSearch * width * width;
      if (static_cast<float>(length) > kLongSearch && any_below(all(limit), largest)) {
        for (u64 lane = group; lane < group + kLanes; lane++) envelope(lane);
      } else {
        search(group);
      }
    }
  }

  // Lowers each result to the squared distance from the start of its piece of column, and returns
  // the largest of them in each lane.
  Floats sweep(u64 group, u64 from, i64 step) {
    Floats largest{}, distance = all(edges ? 0 : kFar);
    Ints before = components_at(from, group);
    for (u64 n = begin, i = from; n < end; n++, i += static_cast<u64>(step)) {
      const Ints here = components_at(i, group);
      distance = (here == before ? distance : Floats{}) + width;
      before = here;
      float* at = result.data() + i * kTile + group;
      const Floats bounded = smaller(load(at), distance * distance);
      store(at, bounded);
      largest = bounded > largest ? bounded : largest;
    }
    return largest;
  }

  Ints components_at(u64 i, u64 group) const {
    return *reinterpret_cast<const Ints*>(component.data() + i * kTile + group);
  }

  // Searches outward from each voxel for the nearest boundary.
  void search(u64 group) {
    const float* f = value.data() + group;
    bool known = false;
    for (u64 i = begin; i < end; i++) {
      float* to = result.data() + i * kTile + group;
      Floats best = load(to);
      const u64 reach = std::min(std::max(i - begin, end - 1 - i), kNear);
      u64 k = 1;
      for (; k <= reach; k++) {
        const Floats square = all(squares[k]);
        if (!any_below(square, best)) break;
        if (i >= begin + k) best = smaller(load(f + (i - k) * kTile) + square, best);
        if (i + k < end) best = smaller(load(f + (i + k) * kTile) + square, best);
      }
      if (k > kNear) {
        if (!std::exchange(known, true)) find_least(group);
        best = search_blocks(group, i, best);
      }
      store(to, best);
    }
  }

  // The least value of each block.
  void find_least(u64 group) {
    least.clear();
    for (u64 i = begin; i < end; i++) {
      if ((i - begin) % kBlock == 0) least.resize(least.size() + kLanes, kFar);
      float* to = least.data() + least.size() - kLanes;
      store(to, smaller(load(value.data() + i * kTile + group), load(to)));
    }
  }

  // The rest of the search from one voxel, which has come to this.
  Floats search_blocks(u64 group, u64 i, Floats best) const {
    const float* f = value.data() + group;
    // Looks at the part [from, to) of a block, nowhere nearer than `away`, if that can be worth it;
    // returns whether what is farther can.
    auto look = [&](u64 block, u64 from, u64 to, u64 away) {
      const Floats square = all(squares[away]);
      if (!any_below(square, best)) return false;
      if (any_below(load(&least[block * kLanes]) + square, best))
        for (u64 j = from; j < to; j++)
          best = smaller(load(f + j * kTile) + all(squares[j > i ? j - i : i - j]), best);
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
    return best;
  }

  // The same for one column, as the lower envelope of the parabolas at its voxels.
  void envelope(u64 lane) {
    const double w2 = static_cast<double>(width) * width;
    auto f = [&](u64 i) { return static_cast<double>(value[i * kTile + lane]); };
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
      float& to = result[i * kTile + lane];
      to = std::min(to, value[hull[h] * kTile + lane] + squares[away]);
    }
  }
};

// Where a sweep over the tiles of one row has got to among that row's spans.
struct Cursor {
  u64 span;   // the first one that reaches into the tile
  u64 end;    // the row's last one is before this
  u64 voxel;  // where the values of that span are stored
};

inline void advance(const Spans& s, Cursor& cursor, u32 x0) {
  while (cursor.span < cursor.end && s.spans[cursor.span].end <= x0) {
    cursor.voxel += s.spans[cursor.span].end - s.spans[cursor.span].begin;
    cursor.span++;
  }
}

// Calls visit(part of span in [x0, x1), first stored voxel) from the cursor on.
template <class Visit>
void visit_spans(const Spans& s, Cursor cursor, u32 x0, u32 x1, Visit&& visit) {
  for (; cursor.span < cursor.end && s.spans[cursor.span].begin < x1; cursor.span++) {
    const Span& span = s.spans[cursor.span];
    const u32 begin = std::max(span.begin, x0);
    visit(Span{begin, std::min(span.end, x1), span.component}, cursor.voxel + begin - span.begin);
    cursor.voxel += span.end - span.begin;
  }
}

// Makes the numbers of components differ across forbidden steps along the columns of a tile: as far
// as the sweep is concerned, a label ends there.
inline void mark_barriers(const Barriers& barriers, u64 first_row, u64 row_step, u32 onward, u32 x0,
                          u32 x1, Columns& columns) {
  std::array<u32, kTile> mark{};
  bool any = false;
  for (u64 i = columns.begin; i < columns.end; i++) {
    u32* component = columns.component.data() + i * kTile;
    if (any)
      for (u64 lane = 0; lane < kTile; lane++) component[lane] ^= mark[lane];
    for (const Barrier& b : barriers.row(first_row + i * row_step, x0)) {
      if (b.x >= x1) break;
      if (!(b.steps >> onward & 1)) continue;
      mark[b.x - x0] ^= u32{1} << 31;
      any = true;
    }
  }
}

// One pass across rows: the rows first_row + i * row_step form a sheet that is worked on in tiles
// of columns, and onward is the direction from one row to the next. Calls finish(span, its results,
// where its values are stored).
template <class Finish>
void measure_sheet(const Spans& s, Objects& objects, u64 first_row, u64 row_step, u32 onward,
                   u64 length, Columns& columns, std::vector<Cursor>& cursors, Finish&& finish) {
  cursors.resize(length);
  u32 lo = ~0u, hi = 0;
  for (u64 i = 0; i < length; i++) {
    const u64 row = first_row + i * row_step;
    cursors[i] = {s.first[row], s.first[row + 1], objects.before[row]};
    if (cursors[i].span == cursors[i].end) continue;
    lo = std::min(lo, s.spans[cursors[i].span].begin);
    hi = std::max(hi, s.spans[cursors[i].end - 1].end);
  }
  for (u32 x0 = lo; x0 < hi; x0 += kTile) {
    const u32 x1 = static_cast<u32>(std::min<u64>(hi, u64{x0} + kTile));
    // Only the rows with objects in the tile, and one of background on either side, take part.
    u64 top = length, bottom = 0;
    for (u64 i = 0; i < length; i++) {
      advance(s, cursors[i], x0);
      if (cursors[i].span == cursors[i].end || s.spans[cursors[i].span].begin >= x1) continue;
      top = std::min(top, i);
      bottom = i;
    }
    if (top > bottom) continue;
    columns.begin = top ? top - 1 : 0;
    columns.end = std::min(bottom + 2, length);
    for (u64 i = columns.begin; i < columns.end; i++) {
      float* value = columns.value.data() + i * kTile;
      u32* component = columns.component.data() + i * kTile;
      std::fill_n(value, kTile, 0.f);
      std::fill_n(component, kTile, kNoComponent);
      visit_spans(s, cursors[i], x0, x1, [&](Span span, u64 voxel) {
        std::copy_n(objects.dbf.data() + voxel, span.end - span.begin, value + span.begin - x0);
        std::fill(component + span.begin - x0, component + span.end - x0, span.component);
      });
    }
    if (objects.barriers.any())
      mark_barriers(objects.barriers, first_row, row_step, onward, x0, x1, columns);
    columns.measure();
    for (u64 i = top; i <= bottom; i++) {
      const float* result = columns.result.data() + i * kTile;
      visit_spans(s, cursors[i], x0, x1, [&](Span span, u64 voxel) {
        finish(span, result + span.begin - x0, objects.dbf.data() + voxel);
      });
    }
  }
}

}  // namespace detail

// Fills objects.dbf and the largest distance of every component. The spans are those of the
// objects, with their components. Threads are so many or a team.
template <class Threads>
void measure_distance(const Spans& s, Objects& objects, Threads&& threads, Control& control) {
  const Shape shape = objects.shape;
  objects.dbf.reset(objects.voxels());
  parallel_for(threads, shape.z, [&](u64 z, unsigned) {
    control.check();
    for (u64 row = z * shape.y; row < (z + 1) * shape.y; row++) {
      float* to = objects.dbf.data() + objects.before[row];
      for (const Span& span : s.row(row)) {
        detail::measure_run(span, static_cast<u32>(shape.x), objects.size.x, objects.edges[0], to);
        to += span.end - span.begin;
      }
    }
  });
  struct Scratch {
    std::unique_ptr<detail::Columns> columns;
    std::vector<detail::Cursor> cursors;
    std::vector<float> largest;
  };
  std::vector<Scratch> across_z(workers(threads)), across_y(workers(threads));
  auto keep = [](Span span, const float* result, float* to) {
    std::copy_n(result, span.end - span.begin, to);
  };
  parallel_for(threads, shape.z > 1 || objects.edges[2] ? shape.y : 0, [&](u64 y, unsigned worker) {
    control.check();
    Scratch& mine = across_z[worker];
    if (!mine.columns)
      mine.columns = std::make_unique<detail::Columns>(shape.z, objects.size.z, objects.edges[2]);
    detail::measure_sheet(s, objects, y, shape.y, kCentre + 9, shape.z, *mine.columns, mine.cursors,
                          keep);
    control.advance(objects.voxels() / (2 * shape.y));
  });
  across_z.clear();
  parallel_for(threads, shape.z, [&](u64 z, unsigned worker) {
    control.check();
    Scratch& mine = across_y[worker];
    if (!mine.columns) {
      mine.columns = std::make_unique<detail::Columns>(shape.y, objects.size.y, objects.edges[1]);
      mine.largest.assign(objects.components.size(), 0.f);
    }
    auto finish = [&](Span span, const float* result, float* to) {
      float largest = mine.largest[span.component];
      for (u32 i = 0; i < span.end - span.begin; i++) {
        to[i] = std::sqrt(result[i]);
        largest = std::max(largest, to[i]);
      }
      mine.largest[span.component] = largest;
    };
    detail::measure_sheet(s, objects, z * shape.y, 1, kCentre + 3, shape.y, *mine.columns,
                          mine.cursors, finish);
    control.advance(objects.voxels() / (2 * shape.z));
  });
  for (const Scratch& mine : across_y)
    for (u64 c = 0; c < mine.largest.size(); c++)
      objects.components[c].max_dbf = std::max(objects.components[c].max_dbf, mine.largest[c]);
}

}  // namespace kimimaro
