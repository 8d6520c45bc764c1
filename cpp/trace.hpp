// Traces the components of an image, threads side by side.
#pragma once

#include "teasar.hpp"

namespace kimimaro {

// One worker's memory: a tracer for each layout, made when first needed.
struct Workshop {
  std::unique_ptr<Tracer<u32>> narrow;
  std::unique_ptr<Tracer<u64>> wide;
  std::unique_ptr<Tracer<Packed>> packed;
};

// A box with addresses of 32 or 64 bits, or pieces.
enum class Layout { fitting, narrow, wide, packed };

// How an object is laid out: the way that is asked for, if it can be. Pieces take less memory where
// the box is mostly empty, but time to find neighbours; so they are for boxes that matter beside
// what all objects of the image take. Where steps are forbidden there must be a box.
inline Layout layout_for(const Objects& objects, const Component& c, Layout asked) {
  constexpr u64 kEmpty = 32;  // times as many voxels in a box as in all objects
  const bool sparse = 64 * Box(c.lo, c.hi).words > kEmpty * objects.voxels();
  if ((asked == Layout::packed || (asked == Layout::fitting && sparse)) &&
      !objects.barriers.any() && Pieces::suit(c))
    return Layout::packed;
  return asked == Layout::wide || needs_wide_addresses(c) ? Layout::wide : Layout::narrow;
}

// The targets as seen from a voxel.
inline Targets seen_from(Voxel origin, Targets targets) {
  for (auto* one : {&targets.root, &targets.start})
    if (*one) *one = **one - origin;
  for (auto* list : {&targets.before, &targets.after})
    for (Voxel& v : *list) v = v - origin;
  return targets;
}

// Traces a component, as a soma if it is one. An object that may be a soma is filled first.
inline Tree trace_component(const Objects& objects, const Component& c, const Targets& targets,
                            const Params& params, Workshop& workshop, Layout asked, Team& team,
                            Control& control) {
  Stopwatch watch;
  std::optional<Objects> filled;
  if (c.max_dbf > params.soma_detection_threshold)
    filled = fill_component(objects, c, team, control);
  else if (c.put_off)
    throw std::logic_error("a component was put off that is not thicker than the threshold");
  const double filling = watch.lap();
  const Objects& frame = filled ? *filled : objects;
  const Component& whole = filled ? filled->components.front() : c;
  const bool soma = whole.max_dbf > params.soma_detection_threshold &&
                    whole.max_dbf > params.soma_acceptance_threshold && !targets.root;
  auto trace = [&](auto& tracer) {
    using Made = std::remove_reference_t<decltype(*tracer)>;
    if (!tracer) tracer = std::make_unique<Made>(search_size(objects), team);
    return tracer->trace(frame, whole, seen_from(frame.origin, targets), params, soma, control);
  };
  const Layout layout = layout_for(objects, whole, asked);
  Tree tree = layout == Layout::packed ? trace(workshop.packed)
              : layout == Layout::wide ? trace(workshop.wide)
                                       : trace(workshop.narrow);
  for (Voxel& v : tree.vertices) v = v + frame.origin;
  tree.stages[kMasks] += filling;
  tree.seconds = filling + watch.lap();
  return tree;
}

// Traces the given components, the largest first, side by side on so many threads; who finds none
// left helps with those in work. Leaves a tree for every component of the objects, in their order;
// those that are done stay if it is stopped, and the others have no vertex.
inline void trace_all(const Objects& objects, std::vector<u32> order,
                      const std::vector<Targets>& targets, const Params& params, unsigned threads,
                      Layout layout, Control& control, std::vector<Tree>& trees) {
  std::stable_sort(order.begin(), order.end(), [&](u32 a, u32 b) {
    return objects.components[a].voxels > objects.components[b].voxels;
  });
  trees = std::vector<Tree>(objects.components.size());
  Team team(threads, order.size());
  std::vector<Workshop> workshops(team.threads());
  parallel_for(threads, order.size() + team.threads(), [&](u64 i, unsigned worker) {
    if (i >= order.size()) return team.help();
    const u32 c = order[i];
    try {
      trees[c] = trace_component(objects, objects.components[c], targets[c], params,
                                 workshops[worker], layout, team, control);
    } catch (const Cancelled&) {
      team.dismiss();
      throw;
    } catch (const std::exception& error) {
      // The other objects are not lost; this worker starts afresh.
      trees[c] = Tree();
      trees[c].failure = error.what();
      workshops[worker] = Workshop();
    }
    team.end_object();
  });
}

}  // namespace kimimaro
