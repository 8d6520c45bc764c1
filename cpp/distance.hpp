// Distance to boundary of every object at once: the exact anisotropic Euclidean distance from
// each voxel's centre to that of the nearest voxel of another label. One pass an axis:
//   along x  in closed form, from the ends of the runs;
//   along z and y  among the voxels of a column, see columns.hpp.
//
// Where a step over a face is forbidden, the voxel behind it counts as one of another label.
#pragma once

#include <bit>
#include <cmath>
#include <limits>

#include "columns.hpp"
#include "objects.hpp"

namespace kimimaro {

namespace detail {

// The largest of some values, none of them negative, and of another one.
inline float largest_of(const float* values, u64 count, float other) {
  Floats largest{};
  for (u64 i = 0; i < count; i += kLanes)
    largest = larger(load_first(values + i, count - i), largest);
  for (u64 i = 0; i < kLanes; i++) other = std::max(other, largest[i]);
  return other;
}

// Writes a value to [from, to), and beyond it to the end of a vector.
inline void fill_vectors(u32* from, const u32* to, u32 value) {
  for (; from < to; from += kLanes) store(from, static_cast<i32>(value) - Ints{});
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

// Whether spans of components begin before x1 from the cursor on.
inline bool any_objects(const Spans& s, const Cursor& cursor, u32 x1) {
  for (u64 i = cursor.span; i < cursor.end && s.spans[i].begin < x1; i++)
    if (s.spans[i].component != kNoComponent) return true;
  return false;
}

// Calls visit(span, its part in [x0, x1)) for spans of components from the cursor on.
template <class Visit>
void visit_spans(const Spans& s, const Cursor& cursor, u32 x0, u32 x1, Visit&& visit) {
  for (u64 i = cursor.span; i < cursor.end && s.spans[i].begin < x1; i++) {
    const Span& span = s.spans[i];
    if (span.component == kNoComponent) continue;
    visit(span, std::max(span.begin, x0), std::min(span.end, x1));
  }
}

// Calls visit(begin, end, first stored voxel) for stretches of voxels in [x0, x1) that are next to
// each other, whatever their components, from the cursor on.
template <class Visit>
void visit_stretches(const Spans& s, const Cursor& cursor, u32 x0, u32 x1, Visit&& visit) {
  u64 voxel = cursor.voxel;
  for (u64 i = cursor.span; i < cursor.end && s.spans[i].begin < x1;) {
    const bool object = s.spans[i].component != kNoComponent;
    const u32 first = s.spans[i].begin, begin = std::max(first, x0);
    u32 end = s.spans[i++].end;
    while (i < cursor.end && end < x1 && s.spans[i].begin == end &&
           (s.spans[i].component != kNoComponent) == object)
      end = s.spans[i++].end;
    if (object) visit(begin, std::min(end, x1), voxel + begin - first);
    voxel += end - first;
  }
}

// Which rows one pass is across: first_row + i * row_step for i below length, a sheet that is
// worked on in tiles of columns; onward is the direction from one to the next.
struct Sheet {
  u64 first_row, row_step, length;
  u32 onward;
  u64 row(u64 i) const { return first_row + i * row_step; }
};

// Makes the numbers of components differ across forbidden steps along the columns of a tile: as far
// as the sweep is concerned, a label ends there.
inline void mark_barriers(const Barriers& barriers, const Sheet& sheet, u32 x0, u32 x1,
                          Columns& columns) {
  std::array<u32, kTile> mark{};
  bool any = false;
  for (u64 i = columns.begin; i < columns.end; i++) {
    u32* component = columns.components(i);
    if (any)
      for (u64 lane = 0; lane < kTile; lane++) component[lane] ^= mark[lane];
    for (const Barrier& b : barriers.row(sheet.row(i), x0)) {
      if (b.x >= x1) break;
      if (!(b.steps >> sheet.onward & 1)) continue;
      mark[b.x - x0] ^= u32{1} << 31;
      any = true;
    }
  }
}

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
      if (!any_objects(s, cursors[i], x1)) continue;
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
    if (objects.barriers.any()) mark_barriers(objects.barriers, sheet, x0, x1, columns);
    columns.measure();
    for (u64 i = top; i <= bottom; i++) leave(cursors[i], x0, x1, columns.results(i));
  }
}

}  // namespace detail

// Fills objects.dbf and the largest distance of every component. The spans are those of the
// objects, with their components; what belongs to none of these is background. Threads are so many
// or a team.
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
