// TEASAR (Sato et al. 2000) as modified by Kimimaro, for one object: from the root, draw the
// cheapest path to the farthest voxel that is not explained yet, until all are.
#pragma once

#include <limits>
#include <optional>
#include <string>

#include "balls.hpp"
#include "geodesic.hpp"
#include "rails.hpp"
#include "scouts.hpp"

namespace kimimaro {

struct Params {
  float scale, constant;
  float pdrf_scale, pdrf_exponent;
  float soma_acceptance_threshold, soma_detection_threshold;
  float soma_invalidation_scale, soma_invalidation_const;
  u64 max_paths = std::numeric_limits<u64>::max();
  bool cube = false;
  bool fix_branching = true;
};

// Where the user, or the faces of the image, want a path to go.
struct Targets {
  std::optional<Voxel> root;   // of whatever object
  std::optional<Voxel> start;  // the root of an object that is no soma
  std::vector<Voxel> before, after;
};

// What the time of tracing goes to.
enum Stage : u32 { kMasks, kDaf, kPenalties, kPaths, kInvalidation, kStages };
constexpr std::array<const char*, kStages> kStageNames{"masks", "daf", "penalties", "paths",
                                                       "invalidation"};
using StageSeconds = std::array<double, kStages>;

struct Tree {
  std::vector<Voxel> vertices;  // the first one is the root
  std::vector<float> radii;
  std::vector<u32> parents;  // of each vertex but the root: one before it
  float max_dbf = 0;
  u64 paths = 0;
  bool soma = false;
  bool truncated = false;  // max_paths ended it
  double seconds = 0;
  StageSeconds stages{};
  std::string failure;  // why there is no tree, if there is none
};

// The penalty's normaliser is this much more than the largest distance to boundary, so that the
// centerline too costs something and a path through it is drawn straight.
constexpr float kNormaliser = 1.06f;

namespace detail {

// Raises to a power; four, the usual one, by multiplication.
template <class Raise>
void with_power(float exponent, Raise&& raise) {
  if (exponent == 4) return raise([](Floats x) { return (x * x) * (x * x); });
  raise([exponent](Floats x) {
    for (u64 i = 0; i < kLanes; i++) x[i] = std::pow(x[i], exponent);
    return x;
  });
}

inline float straight_distance(Voxel a, Voxel b, VoxelSize size) {
  return std::sqrt(squared_distance(a, b, size));
}

// Writes the straight distances of so many voxels of a row, from the first one on, as records.
inline void record_straight(Voxel centre, Voxel first, u32 voxels, VoxelSize size, u32* record) {
  const Floats y = all(size.y * (static_cast<float>(first.y) - static_cast<float>(centre.y)));
  const Floats z = all(size.z * (static_cast<float>(first.z) - static_cast<float>(centre.z)));
  const Ints off_centre = lane_numbers() + static_cast<i32>(first.x - centre.x);
  for (u32 i = 0; i < voxels; i += kLanes) {
    const Ints steps = off_centre + static_cast<i32>(i);
    const Floats x = all(size.x) * __builtin_convertvector(steps, Floats);
    store_first(reinterpret_cast<float*>(record + i), length(x, y, z), voxels - i);
  }
}

}  // namespace detail

template <class Address>
class Tracer {
 public:
  // Idle threads of the team help.
  Tracer(VoxelSize size, Team& team)
      : steps_(size),
        geodesic_(steps_),
        tips_(size),
        balls_(size),
        size_(size),
        team_(&team),
        rounds_(team.threads()) {}

  // Traces one of the objects; soma says whether it is traced as one.
  Tree trace(const Objects& objects, const Component& c, const Targets& targets,
             const Params& params, bool soma, Control& control) {
    watch_ = Stopwatch();
    tree_ = Tree();
    tree_.max_dbf = c.max_dbf;
    tree_.soma = soma;
    block_.enter(objects, c);
    std::optional<Team::Offer> offer;
    if (team_->threads() > 1 && c.voxels >= kSharedObject) {
      scouts_.enter(block_, bounds_, search_, team_->threads(), control);
      offer.emplace(*team_, [this](const Team::Offer& own, unsigned seat) {
        scouts_.work(own, seat, rounds_);
      });
    }
    offer_ = offer ? &*offer : nullptr;
    std::optional<Rounds::Session> session(rounds_);
    rounds_.for_each(3, [&](u64 i) {
      if (i == 0) search_.enter(block_);
      if (i == 1) unexplained_.enter(block_, size_);
      if (i == 2) balls_.enter(block_);
    });
    spent_on(kMasks);
    const Address root =
        soma ? soma_root(c) : find_root(objects.runs_of(c).front(), targets, control);
    measure_from(root, params, c, control);
    spent_on(kDaf);
    weigh(params, c.max_dbf);
    spent_on(kPenalties);
    if (params.fix_branching) bounds_.enter(block_, root, rounds_, control);
    session.reset();
    draw_root(root);
    if (!params.fix_branching) search_.grow_tree(block_, root, control);
    draw_paths(root, targets, params, control);
    tips_.leave(block_);
    scouts_.send(root, {});
    offer.reset();
    scouts_.leave();
    bounds_.leave();
    control.advance(unexplained_.count());
    unexplained_.leave(block_);
    search_.leave(block_);
    block_.leave();
    spent_on(kMasks);
    return std::move(tree_);
  }

 private:
  using Rail = Block<Address>;
  static constexpr u64 kRunsAtOnce = u64{1} << 12;  // by one of the threads that share them

  // The time since the last stage was this one's.
  void spent_on(Stage stage) { tree_.stages[stage] += watch_.lap(); }

  Address address(Voxel v) const { return static_cast<Address>(block_.grid.address(v)); }

  Address find_root(const Run& first, const Targets& targets, Control& control) {
    if (targets.root) return address(*targets.root);
    if (targets.start) return address(*targets.start);
    Pile<Seed<Address>> anywhere;
    anywhere.push({address(block_.place(first, first.begin)), 0});
    geodesic_.forget(block_, rounds_);
    return geodesic_.measure(block_, std::move(anywhere), nullptr, &rounds_, control);
  }

  // The voxel with the largest distance to boundary; of several the one nearest to their centroid.
  Address soma_root(const Component& c) {
    std::vector<Voxel> maxima;
    block_.for_each_run([&](u64, const Run& run, const float* dbf) {
      const u32 length = run.end - run.begin;
      for (u32 i = 0; i < length; i += kLanes) {
        const Floats values = load_first(dbf + i, length - i);
        for (u32 found = bits_of(values == all(c.max_dbf)); found; found &= found - 1)
          maxima.push_back(
              block_.place(run, run.begin + i + static_cast<u32>(std::countr_zero(found))));
      }
    });
    double x = 0, y = 0, z = 0;
    for (const Voxel& v : maxima) x += v.x, y += v.y, z += v.z;
    const double n = static_cast<double>(maxima.size());
    auto off_centroid = [&](const Voxel& v) {
      const double dx = size_.x * (v.x - x / n), dy = size_.y * (v.y - y / n),
                   dz = size_.z * (v.z - z / n);
      return dx * dx + dy * dy + dz * dz;
    };
    return address(*std::min_element(
        maxima.begin(), maxima.end(),
        [&](const Voxel& a, const Voxel& b) { return off_centroid(a) < off_centroid(b); }));
  }

  // Distances from the root. A soma is explained at once, and inside it they are straight.
  void measure_from(Address root, const Params& params, const Component& c, Control& control) {
    Pile<Seed<Address>> seeds;
    seeds.push({root, 0});
    geodesic_.forget(block_, rounds_);
    float widest = 0;
    if (tree_.soma) {
      soma_radius_ = params.soma_invalidation_scale * c.max_dbf + params.soma_invalidation_const;
      widest = measure_soma(root, seeds, control);
    }
    const Address farthest =
        geodesic_.measure(block_, std::move(seeds), &order_, &rounds_, control);
    left_ = order_.end();
    farthest_ = std::max(widest, std::bit_cast<float>(block_.record[block_.index(farthest)]));
  }

  // Explains the soma, and leaves straight distances in its voxels, of which those at its surface
  // become seeds; returns the largest.
  float measure_soma(Address root, Pile<Seed<Address>>& seeds, Control& control) {
    const Voxel centre = block_.grid.voxel(root);
    std::vector<RowRun<Address>> runs;
    unexplained_.add_balls(block_.grid, {&centre, 1}, soma_radius_);
    control.advance(unexplained_.flood(block_.grid, {&root, 1},
                                       [&](const RowRun<Address>& run) { runs.push_back(run); }));
    auto straight = [&](u64 a) {
      return detail::straight_distance(block_.grid.voxel(a), centre, size_);
    };
    struct Part {
      Pile<Seed<Address>> surface;
      float widest = 0;
    };
    std::vector<Part> parts((runs.size() + kRunsAtOnce - 1) / kRunsAtOnce);
    rounds_.for_each_stretch(runs.size(), kRunsAtOnce, [&](u64 from, u64 to) {
      Part& part = parts[from / kRunsAtOnce];
      for (u64 r = from; r < to; r++) {
        const RowRun<Address>& run = runs[r];
        const u64 first = 64 * u64{run.row} + run.begin, length = run.end - run.begin;
        detail::record_straight(centre, block_.grid.voxel(first), static_cast<u32>(length), size_,
                                block_.record.data() + block_.index(first));
        // The farthest voxel of a run is at one of its ends.
        part.widest = std::max({part.widest, straight(first), straight(first + length - 1)});
        // Each seed is told again, as one that has no distance yet.
        unexplained_.for_each_beside(block_.grid, run, [&](Address a) {
          block_.record[block_.index(a)] = Geodesic<Address>::kUnreached;
          part.surface.push({a, straight(a)});
        });
      }
    });
    float widest = 0;
    for (const Part& part : parts) {
      widest = std::max(widest, part.widest);
      seeds.append(part.surface.begin(), part.surface.size());
    }
    return widest;
  }

  // Turns every record from the distance to the root into the penalty (PDRF), in buckets.
  void weigh(const Params& params, float max_dbf) {
    const float per_farthest = farthest_ > 0 ? 1 / farthest_ : 0;
    const float per_widest = 1 / (kNormaliser * max_dbf);
    const float buckets = kMostBuckets / (params.pdrf_scale + 1);
    const float weight = params.pdrf_scale * buckets, slope = per_farthest * buckets;
    detail::with_power(params.pdrf_exponent, [&](auto power) {
      auto weigh_run = [&](u64 index, const Run& run, const float* dbf) {
        float* record = reinterpret_cast<float*>(block_.record.data() + index);
        const u64 length = run.end - run.begin;
        for (u64 i = 0; i < length; i += kLanes) {
          const Floats centrality = load_first(dbf + i, length - i) * per_widest;
          const Floats daf = load_first(record + i, length - i);
          const Floats penalty = weight * power(1 - centrality) + slope * daf;
          store_first(record + i, (Floats)((Ints)penalty & ~31), length - i);
        }
      };
      rounds_.for_each_stretch(block_.runs(), kRunsAtOnce,
                               [&](u64 from, u64 to) { block_.for_each_run(from, to, weigh_run); });
    });
  }

  void draw_root(Address root) {
    const Voxel v = block_.grid.voxel(root);
    tree_.vertices.push_back(v);
    tree_.radii.push_back(block_.dbf(v));
    block_.record[block_.index(root)] = Rail::kRail;
    scouts_.draw({&root, 1});
  }

  void draw_paths(Address root, const Targets& targets, const Params& params, Control& control) {
    u64 before = 0, after = 0;
    for (;;) {
      Address target{};
      bool mandatory = true;
      if (before < targets.before.size()) {
        target = address(targets.before[before++]);
      } else if (unexplained_.count()) {
        do {
          if (!order_.step_back(left_, target, unexplained_))
            throw std::logic_error("a voxel to explain is not in the order");
        } while (!unexplained_.has(target));
        mandatory = false;
      } else if (after < targets.after.size()) {
        target = address(targets.after[after++]);
      } else {
        break;
      }
      const bool drawn = block_.record[block_.index(target)] & Rail::kRail;
      if (drawn && mandatory) continue;
      if (tree_.paths == params.max_paths) {
        tree_.truncated = true;
        break;
      }
      if (params.fix_branching)
        find_path(target, std::span(targets.before).subspan(before), params, control);
      else
        search_.follow_tree(block_, target, path_);
      draw(root, mandatory);
      tree_.paths++;
      spent_on(kPaths);
      explain(params, control);
      spent_on(kInvalidation);
    }
  }

  // Searches the path from a rail to the target, while those who joined search ahead: from the next
  // ones that somebody asks for, and then from those that are probably next.
  void find_path(Address target, std::span<const Voxel> asked, const Params& params,
                 Control& control) {
    if (offer_ && offer_->joined()) {
      next_.clear();
      for (const Voxel& v : asked.first(std::min<u64>(asked.size(), scouts_.kMost)))
        next_.push_back(address(v));
      // Enough tips for those who joined to do while a path is explained; of many more, too many
      // would be explained before their turn, or searched beyond a rail that is drawn meanwhile.
      const u64 most = std::min<u64>(next_.size() + 8 * offer_->joined(), scouts_.kMost);
      if (next_.size() < most) {
        auto reach = [&](Address a) { return reach_of(block_.dbf(block_.grid.voxel(a)), params); };
        const auto tips =
            tips_.look(block_, unexplained_, order_, left_, target, most - next_.size(), reach);
        next_.insert(next_.end(), tips.begin(), tips.end());
      }
      scouts_.send(target, next_);
    }
    // From the middle of a soma a search spreads to all sides, and helps little; pieces are for
    // where the memory of a second one counts.
    if (kBoxed<Address> && tree_.paths == 0 && !tree_.soma) {
      if (!other_) other_ = std::make_unique<RailSearch<Address>>();
      search_.find_first(block_, target, address(tree_.vertices.front()), *other_, path_, control);
    } else if (!scouts_.fetch(target, path_)) {
      search_.find(block_, bounds_, target, path_, control);
    }
  }

  bool in_soma(Address root, Voxel v) const {
    return tree_.soma &&
           squared_distance(v, block_.grid.voxel(root), size_) <= soma_radius_ * soma_radius_;
  }

  // Adds the path's voxels as vertices. Those inside a soma are dropped, but for the target that
  // somebody asked for, so that what follows them joins the root.
  void draw(Address root, bool mandatory) {
    u32 last = (block_.record[block_.index(path_[0])] & ~Rail::kRail) >> 5;
    for (u64 i = 1; i < path_.size(); i++) {
      const Voxel v = block_.grid.voxel(path_[i]);
      u32 vertex = 0;
      if (!in_soma(root, v) || (mandatory && i + 1 == path_.size())) {
        if (tree_.vertices.size() == Rail::kMostVertices)
          throw std::length_error("a skeleton has more vertices than can be numbered");
        vertex = static_cast<u32>(tree_.vertices.size());
        tree_.vertices.push_back(v);
        tree_.radii.push_back(block_.dbf(v));
        tree_.parents.push_back(last);
      }
      u32& record = block_.record[block_.index(path_[i])];
      put(record, Rail::kRail | vertex << 5 | (record & 31u));
      last = vertex;
    }
    bounds_.draw({path_.begin(), path_.size()});
    scouts_.draw({path_.begin(), path_.size()});
  }

  // How far a vertex with this distance to boundary explains what is around it.
  static float reach_of(float dbf, const Params& params) {
    return params.scale * dbf + params.constant;
  }

  // Explains what is within reach of the path's vertices, but for those that are explained.
  void explain(const Params& params, Control& control) {
    if (!unexplained_.count()) return;
    for (Address a : path_) {
      if (!unexplained_.has(a)) continue;
      const Voxel v = block_.grid.voxel(a);
      const float dbf = block_.dbf(v), radius = reach_of(dbf, params);
      if (params.cube)
        unexplained_.add_cube(block_.grid, v, radius);
      else
        balls_.add(a, v, radius, dbf);
    }
    control.advance(params.cube ? unexplained_.take_reach(block_.grid)
                                : balls_.explain(unexplained_, block_, control));
  }

  Steps steps_;
  Geodesic<Address> geodesic_;
  RailSearch<Address> search_;
  std::unique_ptr<RailSearch<Address>> other_;  // from the root, for the first path
  Tips<Address> tips_;
  std::vector<Address> next_;
  Unexplained<Address> unexplained_;
  Balls<Address> balls_;
  Block<Address> block_;
  Bounds<Address> bounds_;
  Scouts<Address> scouts_;
  Order<Address> order_;  // the voxels without a soma's inside
  u64 left_ = 0;          // those from here on in order are explained
  float farthest_ = 0;    // the largest distance from the root
  Pile<Address> path_;
  float soma_radius_ = 0;
  VoxelSize size_;
  Team* team_;
  Rounds rounds_;
  const Team::Offer* offer_ = nullptr;  // of the object in work, if it is large
  Stopwatch watch_;
  Tree tree_;
};

}  // namespace kimimaro
