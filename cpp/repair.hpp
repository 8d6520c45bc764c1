// Mends segmentations: fills holes, and merges nuclei with the cells around them.
//
// A hole is a 6-connected piece (4-connected in 2D) of what is not the component that does not
// reach the edge of the image.
#pragma once

#include <optional>

#include "distance.hpp"
#include "team.hpp"

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
  for (const Run& run : objects.runs_of(c)) {
    const Voxel v = objects.place(run, run.begin);
    const u64 row = v.y - lo.y + (v.z - lo.z) * shape.y;
    cut.spans.first.end_rows(row, cut.spans.spans.size());
    cut.spans.spans.push_back({run.begin - lo.x, run.end - lo.x, 0});
  }
  cut.spans.first.end_rows(shape.rows(), cut.spans.spans.size());
  cut.spans.labels.assign(cut.spans.spans.size(), 1);
  return cut;
}

// The spans between those of s, with label 1.
inline Spans complement(const Spans& s) {
  Spans gaps{.shape = s.shape, .first = {}, .spans = {}, .labels = {}};
  for (u64 row = 0; row < s.shape.rows(); row++) {
    u32 begin = 0;
    for (const Span& span : s.row(row)) {
      if (span.begin > begin) gaps.spans.push_back({begin, span.begin, 0});
      begin = span.end;
    }
    const u32 end = static_cast<u32>(s.shape.x);
    if (begin < end) gaps.spans.push_back({begin, end, 0});
    gaps.first.end_row(gaps.spans.size());
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
  Spans holes{.shape = shape, .first = {}, .spans = {}, .labels = {}};
  for (u64 row = 0; row < shape.rows(); row++) {
    for (const Span& span : gaps.row(row))
      if (!open[span.component]) holes.spans.push_back(span);
    holes.first.end_row(holes.spans.size());
  }
  holes.labels.assign(holes.spans.size(), 1);
  return holes;
}

// Both together, which do not overlap; touching spans become one.
inline Spans unite(const Spans& a, const Spans& b) {
  Spans both{.shape = a.shape, .first = {}, .spans = {}, .labels = {}};
  for (u64 row = 0; row < a.shape.rows(); row++) {
    const std::span<const Span> p = a.row(row), q = b.row(row);
    for (u64 i = 0, j = 0; i < p.size() || j < q.size();) {
      const bool from_a = j == q.size() || (i < p.size() && p[i].begin < q[j].begin);
      const Span& next = from_a ? p[i++] : q[j++];
      if (both.spans.size() > both.first.back() && both.spans.back().end == next.begin)
        both.spans.back().end = next.end;
      else
        both.spans.push_back({next.begin, next.end, 0});
    }
    both.first.end_row(both.spans.size());
  }
  both.labels.assign(both.spans.size(), 1);
  return both;
}

// A component with its holes filled, as the only one of an image of its own, which is measured;
// nothing if it has no holes and is measured already. Idle threads of the team take part.
inline std::optional<Objects> fill_component(const Objects& objects, const Component& c, Team& team,
                                             Control& control) {
  const Cutout cut = cut_out(objects, c);
  const Spans holes = find_holes(cut.spans, control);
  if (holes.spans.empty() && !c.put_off) return std::nullopt;
  Spans united = unite(cut.spans, holes);
  Barriers barriers;
  if (objects.barriers.any()) {
    barriers = barriers_within(objects.barriers, cut.spans, cut.origin);
    split_spans(united, barriers);
  }
  // One component, as the holes' voxels have no forbidden steps.
  Objects whole = collect_objects(united, 1, 0, objects.size);
  whole.origin = cut.origin;
  whole.barriers = std::move(barriers);
  whole.bound_if_solid(whole.voxels() == objects.shape.voxels());
  Control unseen{.outer = &control};
  measure_distance(united, whole, team, unseen);
  return whole;
}

// The spans again, each with the label of its component; touching ones of one label become one.
inline Spans with_labels(const Spans& s, const Objects& objects) {
  Spans result{.shape = s.shape, .first = {}, .spans = {}, .labels = {}};
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
    result.first.end_row(result.spans.size());
  }
  return result;
}

// The spans with the holes of every component filled by its label; what is inside a hole vanishes,
// and so do the barriers there.
inline Spans fill_all(const Spans& s, Objects& objects, unsigned threads, Control& control) {
  struct Patch {
    u64 row;
    u32 begin, end;
    u64 component, size;  // which one is filled, and its voxels with its holes
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
            {y + z * s.shape.y, span.begin + cut.origin.x, span.end + cut.origin.x, i, size});
    }
    control.advance(c.voxels);
  });
  std::vector<Patch> patches;
  for (const auto& list : found) patches.insert(patches.end(), list.begin(), list.end());
  // What encloses is larger than what it encloses, and is painted over it.
  std::sort(patches.begin(), patches.end(), [](const Patch& a, const Patch& b) {
    return a.row != b.row ? a.row < b.row : a.size < b.size;
  });
  // What is enclosed vanishes, and fills nothing: not the voxels either that the enclosing
  // component has in its holes, joined over an edge or a corner.
  std::vector<bool> enclosed(objects.components.size());
  for (u64 i = 0; i < found.size(); i++) {
    if (found[i].empty()) continue;
    const Run& run = objects.runs_of(objects.components[i]).front();
    auto at = std::lower_bound(patches.begin(), patches.end(), run.row,
                               [](const Patch& p, u64 row) { return p.row < row; });
    for (; at != patches.end() && at->row == run.row; ++at)
      if (at->begin <= run.begin && run.begin < at->end && at->size > found[i].front().size)
        enclosed[i] = true;
  }
  std::erase_if(patches, [&](const Patch& p) { return enclosed[p.component]; });
  Spans result{.shape = s.shape, .first = {}, .spans = {}, .labels = {}};
  std::vector<u64> line(s.shape.x);
  u64 next = 0;
  for (u64 row = 0; row < s.shape.rows(); row++) {
    std::fill(line.begin(), line.end(), 0);
    for (const Span& span : s.row(row))
      std::fill(line.begin() + span.begin, line.begin() + span.end,
                objects.components[span.component].label);
    for (; next < patches.size() && patches[next].row == row; next++)
      std::fill(line.begin() + patches[next].begin, line.begin() + patches[next].end,
                objects.components[patches[next].component].label);
    detail::append_spans(line.data(), static_cast<u32>(line.size()), Selection(), result.spans,
                         result.labels);
    result.first.end_row(result.spans.size());
  }
  if (objects.barriers.any()) {
    Spans filled{.shape = s.shape, .first = {}, .spans = {}, .labels = {}};
    std::vector<u8> painted(s.shape.x);
    auto patch = patches.begin();
    for (u64 row = 0; row < s.shape.rows(); row++) {
      std::fill(painted.begin(), painted.end(), 0);
      for (; patch != patches.end() && patch->row == row; ++patch)
        std::fill(painted.begin() + patch->begin, painted.begin() + patch->end, 1);
      detail::append_spans(painted.data(), static_cast<u32>(painted.size()), Selection(),
                           filled.spans, filled.labels);
      filled.first.end_row(filled.spans.size());
    }
    lift_barriers(objects.barriers, filled);
  }
  return result;
}

namespace detail {

// The component that a ray from a voxel meets first outside the voxel's own; none if it leaves the
// image before.
inline u32 next_component(const Spans& s, Voxel from, u32 axis, i64 step) {
  const u32 own = component_at(s, from);
  const std::array<i64, 3> extent{static_cast<i64>(s.shape.x), static_cast<i64>(s.shape.y),
                                  static_cast<i64>(s.shape.z)};
  std::array<i64, 3> at{from.x, from.y, from.z};
  for (at[axis] += step; at[axis] >= 0 && at[axis] < extent[axis]; at[axis] += step) {
    const u32 c = component_at(
        s, {static_cast<u32>(at[0]), static_cast<u32>(at[1]), static_cast<u32>(at[2])});
    if (c != own && c != kNoComponent) return c;
  }
  return kNoComponent;
}

// The label that surrounds a voxel's component: met first in all directions, each time in a
// component with a larger box, so that of two that surround each other only one is merged; 0 if
// there is none. A nucleus may have more voxels than the rest of its cell, but not a larger box.
inline u64 enclosing_label(const Spans& s, const Objects& objects, Voxel centre) {
  const u64 volume = objects.components[component_at(s, centre)].extent().voxels();
  const std::array<u64, 3> extent{s.shape.x, s.shape.y, s.shape.z};
  u64 enclosing = 0;
  for (u32 axis = 0; axis < 3; axis++) {
    if (extent[axis] == 1) continue;
    for (i64 step : {-1, 1}) {
      const u32 met = next_component(s, centre, axis, step);
      if (met == kNoComponent || objects.components[met].extent().voxels() <= volume) return 0;
      const u64 label = objects.components[met].label;
      if (enclosing && label != enclosing) return 0;
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
