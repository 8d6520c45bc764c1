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

#include <bit>
#include <cmath>
#include <limits>

#include "objects.hpp"
#include "simd.hpp"

namespace kimimaro {

namespace detail {

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

// The largest of some values, none of them negative, and of another one. Their bits are in the same
// order as they are, and integers can be compared in any order.
inline float largest_of(const float* values, u64 count, float other) {
  i32 largest = std::bit_cast<i32>(other);
  for (u64 i = 0; i < count; i++) largest = std::max(largest, std::bit_cast<i32>(values[i]));
  return std::bit_cast<float>(largest);
}

// Writes a value to [from, to), and beyond it to the end of a vector.
inline void fill_vectors(u32* from, const u32* to, u32 value) {
  for (; from < to; from += kLanes)
    *reinterpret_cast<Ints*>(from) = static_cast<i32>(value) - Ints{};
}

// Squared distances along x from the voxels [from, to) of a span to its ends; those of the row
// count if edges do. Writes whole vectors.
inline void measure_span(const Span& span, u32 from, u32 to, u32 row_length, float width,
                         bool edges, float* out) {
  constexpr i32 kNowhere = std::numeric_limits<i32>::max() - static_cast<i32>(kTile);
  const bool left = edges || span.begin > 0, right = edges || span.end < row_length;
  // The voxels beyond the ends, seen from the first one.
  const i32 before = left ? -static_cast<i32>(from - span.begin) - 1 : -kNowhere;
  const i32 after = right ? static_cast<i32>(span.end - from) : kNowhere;
  if (!left && !right) {
    std::fill_n(out, to - from, kFar);
    return;
  }
  for (i32 x = 0; x < static_cast<i32>(to - from); x += kLanes, out += kLanes) {
    const Ints at = x + lane_numbers(), ahead = after - at, behind = at - before;
    const Floats distance =
        all(width) * __builtin_convertvector(ahead < behind ? ahead : behind, Floats);
    store(out, distance * distance);
  }
}

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

// Calls visit(span, its part in [x0, x1)) from the cursor on.
template <class Visit>
void visit_spans(const Spans& s, const Cursor& cursor, u32 x0, u32 x1, Visit&& visit) {
  for (u64 i = cursor.span; i < cursor.end && s.spans[i].begin < x1; i++) {
    const Span& span = s.spans[i];
    visit(span, std::max(span.begin, x0), std::min(span.end, x1));
  }
}

// Calls visit(begin, end, first stored voxel) for stretches of voxels in [x0, x1) that are next to
// each other, whatever their components, from the cursor on.
template <class Visit>
void visit_stretches(const Spans& s, const Cursor& cursor, u32 x0, u32 x1, Visit&& visit) {
  u64 voxel = cursor.voxel;
  for (u64 i = cursor.span; i < cursor.end && s.spans[i].begin < x1;) {
    const u32 first = s.spans[i].begin, begin = std::max(first, x0);
    u32 end = s.spans[i++].end;
    while (i < cursor.end && end < x1 && s.spans[i].begin == end) end = s.spans[i++].end;
    visit(begin, std::min(end, x1), voxel + begin - first);
    voxel += end - first;
  }
}

// Makes the numbers of components differ across forbidden steps along the columns of a tile: as far
// as the sweep is concerned, a label ends there.
inline void mark_barriers(const Barriers& barriers, u64 first_row, u64 row_step, u32 onward, u32 x0,
                          u32 x1, Columns& columns) {
  std::array<u32, kTile> mark{};
  bool any = false;
  for (u64 i = columns.begin; i < columns.end; i++) {
    u32* component = columns.components(i);
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

// Which rows one pass is across: first_row + i * row_step for i below length, a sheet that is
// worked on in tiles of columns; onward is the direction from one to the next.
struct Sheet {
  u64 first_row, row_step, length;
  u32 onward;
  u64 row(u64 i) const { return first_row + i * row_step; }
};

// Measures along the columns of a sheet. enter(cursor, x0, x1, row of the tile) writes the values
// so far of the spans in a tile, leave(cursor, x0, x1, row of results) takes the results.
template <class Enter, class Leave>
void measure_sheet(const Spans& s, const Objects& objects, const Sheet& sheet, Columns& columns,
                   std::vector<Cursor>& cursors, Enter&& enter, Leave&& leave) {
  cursors.resize(sheet.length);
  u32 lo = ~0u, hi = 0;
  for (u64 i = 0; i < sheet.length; i++) {
    const u64 row = sheet.row(i);
    cursors[i] = {s.first[row], s.first[row + 1], objects.before[row]};
    if (cursors[i].span == cursors[i].end) continue;
    lo = std::min(lo, s.spans[cursors[i].span].begin);
    hi = std::max(hi, s.spans[cursors[i].end - 1].end);
  }
  for (u32 x0 = lo; x0 < hi; x0 += kTile) {
    const u32 x1 = static_cast<u32>(std::min<u64>(hi, u64{x0} + kTile));
    // Only the rows with objects in the tile, and one of background on either side, take part.
    u64 top = sheet.length, bottom = 0;
    for (u64 i = 0; i < sheet.length; i++) {
      advance(s, cursors[i], x0);
      if (cursors[i].span == cursors[i].end || s.spans[cursors[i].span].begin >= x1) continue;
      top = std::min(top, i);
      bottom = i;
    }
    if (top > bottom) continue;
    columns.begin = top ? top - 1 : 0;
    columns.end = std::min(bottom + 2, sheet.length);
    for (u64 i = columns.begin; i < columns.end; i++) {
      float* value = columns.values(i);
      u32* component = columns.components(i);
      enter(cursors[i], x0, x1, value);
      u32 end = x0;
      auto leave_out = [&](u32 until) {
        if (end == until) return;
        std::fill_n(value + end - x0, until - end, 0.f);
        std::fill_n(component + end - x0, until - end, kNoComponent);
      };
      visit_spans(s, cursors[i], x0, x1, [&](const Span& span, u32 from, u32 to) {
        leave_out(from);
        fill_vectors(component + from - x0, component + to - x0, span.component);
        end = to;
      });
      leave_out(x0 + static_cast<u32>(kTile));
    }
    if (objects.barriers.any())
      mark_barriers(objects.barriers, sheet.first_row, sheet.row_step, sheet.onward, x0, x1,
                    columns);
    columns.measure();
    for (u64 i = top; i <= bottom; i++) leave(cursors[i], x0, x1, columns.results(i));
  }
}

}  // namespace detail

// Fills objects.dbf and the largest distance of every component. The spans are those of the
// objects, with their components. Threads are so many or a team.
template <class Threads>
void measure_distance(const Spans& s, Objects& objects, Threads&& threads, Control& control) {
  const Shape shape = objects.shape;
  objects.dbf.reset(objects.voxels());
  struct Scratch {
    std::unique_ptr<detail::Columns> columns;
    std::vector<detail::Cursor> cursors;
    std::vector<float> largest;  // squared distance of each component
  };
  float* const dbf = objects.dbf.data();
  // The first pass takes the distances along x from the ends of the spans, on its way.
  auto from_spans = [&](const detail::Cursor& cursor, u32 x0, u32 x1, float* to) {
    detail::visit_spans(s, cursor, x0, x1, [&](const Span& span, u32 begin, u32 end) {
      detail::measure_span(span, begin, end, static_cast<u32>(shape.x), objects.size.x,
                           objects.edges[0], to + begin - x0);
    });
  };
  auto from_storage = [&](const detail::Cursor& cursor, u32 x0, u32 x1, float* to) {
    detail::visit_stretches(s, cursor, x0, x1, [&](u32 begin, u32 end, u64 voxel) {
      std::copy_n(dbf + voxel, end - begin, to + begin - x0);
    });
  };
  auto to_storage = [&](const detail::Cursor& cursor, u32 x0, u32 x1, const float* from) {
    detail::visit_stretches(s, cursor, x0, x1, [&](u32 begin, u32 end, u64 voxel) {
      std::copy_n(from + begin - x0, end - begin, dbf + voxel);
    });
  };
  const bool deep = shape.z > 1 || objects.edges[2];
  std::vector<Scratch> across_z(workers(threads)), across_y(workers(threads));
  parallel_for(threads, deep ? shape.y : 0, [&](u64 y, unsigned worker) {
    control.check();
    Scratch& mine = across_z[worker];
    if (!mine.columns)
      mine.columns = std::make_unique<detail::Columns>(shape.z, objects.size.z, objects.edges[2]);
    detail::measure_sheet(s, objects, {y, shape.y, shape.z, kCentre + 9}, *mine.columns,
                          mine.cursors, from_spans, to_storage);
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
    auto finish = [&](const detail::Cursor& cursor, u32 x0, u32 x1, float* row) {
      detail::visit_spans(s, cursor, x0, x1, [&](const Span& span, u32 begin, u32 end) {
        float& largest = mine.largest[span.component];
        largest = detail::largest_of(row + begin - x0, end - begin, largest);
      });
      for (u32 x = 0; x < x1 - x0; x += kLanes) store(row + x, square_root(load(row + x)));
      to_storage(cursor, x0, x1, row);
    };
    const detail::Sheet sheet{z * shape.y, 1, shape.y, kCentre + 3};
    if (deep)
      detail::measure_sheet(s, objects, sheet, *mine.columns, mine.cursors, from_storage, finish);
    else
      detail::measure_sheet(s, objects, sheet, *mine.columns, mine.cursors, from_spans, finish);
    control.advance(objects.voxels() / (2 * shape.z));
  });
  for (const Scratch& mine : across_y)
    for (u64 c = 0; c < mine.largest.size(); c++)
      objects.components[c].max_dbf =
          std::max(objects.components[c].max_dbf, std::sqrt(mine.largest[c]));
}

}  // namespace kimimaro
