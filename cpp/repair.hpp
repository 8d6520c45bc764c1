// Mends segmentations: fills holes, and merges nuclei with the cells around them.
//
// A hole is a 6-connected piece (4-connected in 2D) of what is not the component that does not
// reach the edge of the image.
#pragma once

#include "distance.hpp"

namespace kimimaro {

// One component alone, in the frame of its bounding box with a voxel around it where the image
// has one. Its spans carry label 1.
struct Cutout {
  Spans spans;
  Voxel origin;
};

inline Cutout cut_out(const Objects& objects, const Component& c) {
  auto below = [](u32 lo) { return lo ? lo - 1 : 0; };
  const Voxel lo{below(c.lo.x), below(c.lo.y), below(c.lo.z)};
  const Shape shape{std::min<u64>(u64{c.hi.x} + 1, objects.shape.x) - lo.x,
                    std::min<u64>(u64{c.hi.y} + 1, objects.shape.y) - lo.y,
                    std::min<u64>(u64{c.hi.z} + 1, objects.shape.z) - lo.z};
  Cutout cut{.spans = {.shape = shape, .first = {}, .spans = {}, .labels = {}}, .origin = lo};
  cut.spans.first.reserve(shape.rows() + 1);
  for (const Run& run : objects.runs_of(c)) {
    const Voxel v = objects.place(run, run.begin);
    const u64 row = v.y - lo.y + (v.z - lo.z) * shape.y;
    cut.spans.first.resize(std::max<u64>(cut.spans.first.size(), row + 1), cut.spans.spans.size());
    cut.spans.spans.push_back({run.begin - lo.x, run.end - lo.x, 0});
  }
  cut.spans.first.resize(shape.rows() + 1, cut.spans.spans.size());
  cut.spans.labels.assign(cut.spans.spans.size(), 1);
  return cut;
}

// The spans between those of s, with label 1.
inline Spans complement(const Spans& s) {
  Spans gaps{.shape = s.shape, .first = {0}, .spans = {}, .labels = {}};
  gaps.first.reserve(s.shape.rows() + 1);
  for (u64 row = 0; row < s.shape.rows(); row++) {
    u32 begin = 0;
    for (const Span& span : s.row(row)) {
      if (span.begin > begin) gaps.spans.push_back({begin, span.begin, 0});
      begin = span.end;
    }
    const u32 end = static_cast<u32>(s.shape.x);
    if (begin < end) gaps.spans.push_back({begin, end, 0});
    gaps.first.push_back(gaps.spans.size());
  }
  gaps.labels.assign(gaps.spans.size(), 1);
  return gaps;
}

// The holes of a cutout, as spans of label 1 in its frame.
inline Spans find_holes(const Spans& s, Control& control) {
  Spans gaps = complement(s);
  const u32 pieces = label_components(gaps, Connectivity::faces, 1, control);
  std::vector<bool> open(pieces);
  const Shape shape = s.shape;
  // An axis along which the image is one voxel thick has no edge to reach.
  auto at_edge = [](u64 i, u64 extent) { return extent > 1 && (i == 0 || i + 1 == extent); };
  for (u64 row = 0; row < shape.rows(); row++) {
    const bool edge = at_edge(row % shape.y, shape.y) || at_edge(row / shape.y, shape.z);
    for (const Span& span : gaps.row(row))
      if (edge || (shape.x > 1 && (span.begin == 0 || span.end == shape.x)))
        open[span.component] = true;
  }
  Spans holes{.shape = shape, .first = {0}, .spans = {}, .labels = {}};
  for (u64 row = 0; row < shape.rows(); row++) {
    for (const Span& span : gaps.row(row))
      if (!open[span.component]) holes.spans.push_back(span);
    holes.first.push_back(holes.spans.size());
  }
  holes.labels.assign(holes.spans.size(), 1);
  return holes;
}

// Both together, which do not overlap; touching spans become one.
inline Spans unite(const Spans& a, const Spans& b) {
  Spans both{.shape = a.shape, .first = {0}, .spans = {}, .labels = {}};
  for (u64 row = 0; row < a.shape.rows(); row++) {
    const std::span<const Span> p = a.row(row), q = b.row(row);
    for (u64 i = 0, j = 0; i < p.size() || j < q.size();) {
      const bool from_a = j == q.size() || (i < p.size() && p[i].begin < q[j].begin);
      const Span next = from_a ? p[i++] : q[j++];
      if (both.spans.size() > both.first.back() && both.spans.back().end == next.begin)
        both.spans.back().end = next.end;
      else
        both.spans.push_back(next);
    }
    both.first.push_back(both.spans.size());
  }
  both.labels.assign(both.spans.size(), 1);
  return both;
}

// The component with its holes filled and measured anew, in a frame of its own.
inline Objects fill_component(const Objects& objects, const Component& c, Control& control) {
  Cutout cut = cut_out(objects, c);
  Spans filled = unite(cut.spans, find_holes(cut.spans, control));
  const u32 components = label_components(filled, Connectivity::full, 1, control);
  Objects result = collect_objects(filled, components, 0, objects.size);
  result.origin = cut.origin;
  result.bound_if_solid(result.voxels() == objects.shape.voxels());
  result.components.front().label = c.label;
  Control unseen;
  measure_distance(filled, result, 1, unseen);
  return result;
}

// The spans again, each with the label of its component; touching ones of one label become one.
inline Spans with_labels(const Spans& s, const Objects& objects) {
  Spans result{.shape = s.shape, .first = {0}, .spans = {}, .labels = {}};
  for (u64 row = 0; row < s.shape.rows(); row++) {
    for (const Span& span : s.row(row)) {
      const u64 label = objects.components[span.component].label;
      if (result.spans.size() > result.first.back() && result.labels.back() == label &&
          result.spans.back().end == span.begin) {
        result.spans.back().end = span.end;
      } else {
        result.spans.push_back({span.begin, span.end, kNoComponent});
        result.labels.push_back(label);
      }
    }
    result.first.push_back(result.spans.size());
  }
  return result;
}

// The spans with the holes of every component filled by its label; what is inside a hole vanishes.
inline Spans fill_all(const Spans& s, const Objects& objects, unsigned threads, Control& control) {
  struct Patch {
    u64 row;
    u32 begin, end;
    u64 label, size;  // of the component that is filled, and its voxels with its holes
  };
  std::vector<std::vector<Patch>> found(objects.components.size());
  parallel_for(threads, objects.components.size(), [&](u64 i, unsigned) {
    control.check();
    const Component& c = objects.components[i];
    const Cutout cut = cut_out(objects, c);
    const Spans holes = find_holes(cut.spans, control);
    u64 size = c.voxels;
    for (const Span& span : holes.spans) size += span.end - span.begin;
    for (u64 row = 0; row < holes.shape.rows(); row++) {
      const u64 y = row % holes.shape.y + cut.origin.y, z = row / holes.shape.y + cut.origin.z;
      for (const Span& span : holes.row(row))
        found[i].push_back(
            {y + z * s.shape.y, span.begin + cut.origin.x, span.end + cut.origin.x, c.label, size});
    }
    control.advance(c.voxels);
  });
  std::vector<Patch> patches;
  for (const auto& list : found) patches.insert(patches.end(), list.begin(), list.end());
  // What encloses is larger than what it encloses, and is painted over it.
  std::sort(patches.begin(), patches.end(), [](const Patch& a, const Patch& b) {
    return a.row != b.row ? a.row < b.row : a.size < b.size;
  });
  Spans result{.shape = s.shape, .first = {0}, .spans = {}, .labels = {}};
  std::vector<u64> line(s.shape.x);
  u64 next = 0;
  for (u64 row = 0; row < s.shape.rows(); row++) {
    std::fill(line.begin(), line.end(), 0);
    for (const Span& span : s.row(row))
      std::fill(line.begin() + span.begin, line.begin() + span.end,
                objects.components[span.component].label);
    for (; next < patches.size() && patches[next].row == row; next++)
      std::fill(line.begin() + patches[next].begin, line.begin() + patches[next].end,
                patches[next].label);
    detail::append_spans(line.data(), static_cast<u32>(line.size()), Selection(), result.spans,
                         result.labels);
    result.first.push_back(result.spans.size());
  }
  return result;
}

namespace detail {

// The label that a ray from a voxel meets first outside the voxel's component; 0 if it leaves the
// image before.
inline u64 next_label(const Spans& s, const Objects& objects, Voxel from, u32 axis, i64 step) {
  const u32 own = component_at(s, from);
  const std::array<i64, 3> extent{static_cast<i64>(s.shape.x), static_cast<i64>(s.shape.y),
                                  static_cast<i64>(s.shape.z)};
  std::array<i64, 3> at{from.x, from.y, from.z};
  for (at[axis] += step; at[axis] >= 0 && at[axis] < extent[axis]; at[axis] += step) {
    const u32 c = component_at(
        s, {static_cast<u32>(at[0]), static_cast<u32>(at[1]), static_cast<u32>(at[2])});
    if (c != own && c != kNoComponent) return objects.components[c].label;
  }
  return 0;
}

// The label that surrounds a voxel's component: met first in all directions; 0 if there is none.
inline u64 enclosing_label(const Spans& s, const Objects& objects, Voxel centre) {
  const std::array<u64, 3> extent{s.shape.x, s.shape.y, s.shape.z};
  u64 enclosing = 0;
  for (u32 axis = 0; axis < 3; axis++) {
    if (extent[axis] == 1) continue;
    for (i64 step : {-1, 1}) {
      const u64 label = next_label(s, objects, centre, axis, step);
      if (label == 0 || (enclosing && label != enclosing)) return 0;
      enclosing = label;
    }
  }
  return enclosing;
}

}  // namespace detail

// Gives each component that is thicker than the threshold, and that one label surrounds, that
// label; the distances are known. Returns how many were given another label.
inline u64 merge_nuclei(const Spans& s, Objects& objects, float threshold) {
  std::vector<std::pair<u64, u64>> merged;  // component and its new label
  for (u64 i = 0; i < objects.components.size(); i++) {
    const Component& c = objects.components[i];
    if (!(c.max_dbf > threshold)) continue;
    Voxel centre;
    for (const Run& run : objects.runs_of(c)) {
      const float* dbf = objects.dbf.data() + objects.storage(run);
      for (u32 x = run.begin; x < run.end; x++)
        if (dbf[x - run.begin] == c.max_dbf) centre = objects.place(run, x);
    }
    const u64 label = detail::enclosing_label(s, objects, centre);
    if (label && label != c.label) merged.push_back({i, label});
  }
  for (const auto& [component, label] : merged) objects.components[component].label = label;
  return merged.size();
}

}  // namespace kimimaro
