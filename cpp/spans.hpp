// A labeled image as spans: maximal pieces of an x-row that carry one label. All later stages
// work on spans, so that a sparse object costs what its voxels cost, not what its box costs.
#pragma once

#include <bit>
#include <span>

#include "common.hpp"
#include "rows.hpp"
#include "simd.hpp"
#include "volume.hpp"

namespace kimimaro {

struct Span {
  u32 begin, end;  // in x
  u32 component;   // index of the connected component, once it is known
};

// Rows are numbered y + z * shape.y; row r has spans [first[r], first[r + 1]).
struct Spans {
  Shape shape;
  Rows first;
  Bulk<Span> spans;
  Bulk<u64> labels;  // of each span; empty once components are known

  std::span<const Span> row(u64 r) const {
    return {spans.data() + first[r], spans.data() + first[r + 1]};
  }
};

constexpr u32 kNoComponent = ~0u;

// The wanted labels, ascending; all of them if there is no list.
struct Selection {
  bool everything = true;
  std::vector<u64> labels;
  bool has(u64 label) const {
    return everything || std::binary_search(labels.begin(), labels.end(), label);
  }
};

namespace detail {

// Which of the next kLanes labels of a row differ from the one before them, one bit each.
template <class T>
u32 changes(const T* row) {
  typedef T Labels __attribute__((vector_size(kLanes * sizeof(T)), aligned(alignof(T)), may_alias));
  const Labels here = *reinterpret_cast<const Labels*>(row);
  const Labels before = *reinterpret_cast<const Labels*>(row - 1);
  return bits_of(__builtin_convertvector(here != before, Ints));
}

template <class T>
void append_spans(const T* row, u32 length, const Selection& selection, Bulk<Span>& spans,
                  Bulk<u64>& labels) {
  u64 known = 0;  // the label looked up last, and what came out
  bool wanted = false;
  u32 begin = 0;
  auto end_span = [&](u32 end) {
    const T label = row[begin];
    if (label != 0) {
      if (label != known) {
        known = label;
        wanted = selection.has(label);
      }
      if (wanted) {
        spans.push_back({begin, end, kNoComponent});
        labels.push_back(label);
      }
    }
    begin = end;
  };
  u64 x = 1;
  for (; x + kLanes <= length; x += kLanes)
    for (u32 ends = changes(row + x); ends; ends &= ends - 1)
      end_span(static_cast<u32>(x) + static_cast<u32>(std::countr_zero(ends)));
  for (; x < length; x++)
    if (row[x] != row[x - 1]) end_span(static_cast<u32>(x));
  if (length) end_span(length);
}

}  // namespace detail

// Reads the image once, in its own memory order. Voxels of label 0 or of a label that is not
// wanted belong to no span.
template <class T>
Spans read_spans(const Volume<T>& volume, const Selection& selection, unsigned threads,
                 Control& control) {
  const Shape shape = volume.shape;
  const u64 depth = volume.planes_at_once();
  const u64 slabs = (shape.z + depth - 1) / depth;
  struct Plane {
    Bulk<Span> spans;
    Bulk<u64> labels;
    Rows first;
  };
  std::vector<Plane> planes(shape.z);
  parallel_for(threads, slabs, [&](u64 slab, unsigned) {
    const u64 z0 = slab * depth, z1 = std::min(z0 + depth, shape.z);
    Buffer<T> rows(shape.x * (z1 - z0));
    for (u64 y = 0; y < shape.y; y++) {
      volume.read_rows(y, z0, z1 - z0, rows.data());
      for (u64 z = z0; z < z1; z++) {
        Plane& plane = planes[z];
        detail::append_spans(rows.data() + (z - z0) * shape.x, static_cast<u32>(shape.x), selection,
                             plane.spans, plane.labels);
        plane.first.end_row(plane.spans.size());
      }
    }
    control.check();
    control.advance(shape.x * shape.y * (z1 - z0));
  });
  Spans result{.shape = shape, .first = {}, .spans = {}, .labels = {}};
  for (Plane& plane : planes) result.first.append(std::move(plane.first));
  const u64 total = result.first.back();
  if (total >= kNoComponent) throw std::length_error("too many spans");
  result.spans.resize(total);
  result.labels.resize(total);
  parallel_for(threads, shape.z, [&](u64 z, unsigned) {
    const i64 first = static_cast<i64>(result.first[z * shape.y]);
    const Plane plane = std::exchange(planes[z], {});
    std::copy(plane.spans.begin(), plane.spans.end(), result.spans.begin() + first);
    std::copy(plane.labels.begin(), plane.labels.end(), result.labels.begin() + first);
  });
  return result;
}

// The span that a voxel lies in, or none.
inline const Span* span_at(const Spans& s, Voxel v) {
  const std::span<const Span> row = s.row(v.y + v.z * s.shape.y);
  const auto after = std::upper_bound(row.begin(), row.end(), v.x,
                                      [](u32 x, const Span& span) { return x < span.begin; });
  return after == row.begin() || after[-1].end <= v.x ? nullptr : &after[-1];
}

// The component of a voxel, kNoComponent if it belongs to none.
inline u32 component_at(const Spans& s, Voxel v) {
  const Span* span = span_at(s, v);
  return span ? span->component : kNoComponent;
}

}  // namespace kimimaro
