// Which of many sites is nearest to each voxel of a piece of a row. Sites that follow each other,
// as the vertices of a path do, are near each other: spheres around some tell which to look at.
#pragma once

#include <bit>
#include <cmath>
#include <limits>

#include "queue.hpp"
#include "simd.hpp"

namespace kimimaro {

class NearestSites {
 public:
  explicit NearestSites(VoxelSize size) : size_(size) {}

  void clear() { sites_.clear(); }
  void add(Voxel v) {
    sites_.push({static_cast<float>(v.x), static_cast<float>(v.y), static_cast<float>(v.z)});
  }
  // Before the first question.
  void finish() {
    groups_.enclose(sites_, kGroup, size_);
    clusters_.enclose(sites_, kCluster, size_);
  }

  u64 size() const { return sites_.size(); }
  // A site, in voxels.
  std::array<float, 3> operator[](u64 site) const { return sites_[site]; }

  // No site farther from a place than this is nearest to anything within the radius, if there is
  // one as near as that; sums are rounded.
  static float limit(float nearest, float radius) { return 1.0001f * nearest + 2.001f * radius; }

  // For each lane the nearest site, the first of several, and how far it is.
  struct Answer {
    Ints site;
    Floats distance;
  };
  // Asks for a voxel and those that follow it along x; only lanes whose bit is set, and some is,
  // have an answer.
  Answer ask(Voxel first, u32 lanes) {
    const int begin = std::countr_zero(lanes), end = std::bit_width(lanes);
    const float x0 = static_cast<float>(first.x), y = static_cast<float>(first.y),
                z = static_cast<float>(first.z);
    const std::array<float, 3> middle{x0 + static_cast<float>(begin + end - 1) / 2, y, z};
    const float half = size_.x * static_cast<float>(end - 1 - begin) / 2;
    const Floats x = all(x0) + __builtin_convertvector(lane_numbers(), Floats);
    Floats least = all(std::numeric_limits<float>::infinity());
    Ints found{};
    for_each_near(middle, half, [&](u64 from, u64 to) {
      for (u64 i = from; i < to; i++) {
        const Floats dx = all(size_.x) * (all(sites_.x[i]) - x);
        const float dy = size_.y * (sites_.y[i] - y), dz = size_.z * (sites_.z[i] - z);
        const Floats square = dx * dx + all(dy * dy + dz * dz);
        found = square < least ? static_cast<i32>(i) - Ints{} : found;
        least = smaller(square, least);
      }
    });
    return {found, square_root(least)};
  }

  // Calls visit(site) for all that may be nearest to a place within a radius of the given one, and
  // returns how far the nearest is from this.
  template <class Visit>
  float for_each_candidate(const std::array<float, 3>& place, float radius, Visit&& visit) {
    candidates_.clear();
    float nearest = std::numeric_limits<float>::infinity();
    for_each_near(place, radius, [&](u64 from, u64 to) {
      for (u64 i = from; i < to; i++) {
        const float distance = sites_.distance(i, place, size_);
        nearest = std::min(nearest, distance);
        candidates_.push({i, distance});
      }
    });
    for (const Candidate& c : candidates_)
      if (c.distance <= limit(nearest, radius)) visit(c.site);
    return nearest;
  }

 private:
  struct Candidate {
    u64 site;
    float distance;
  };

  // Calls visit(first site, the one after the last), in their order, for groups among which are all
  // that may be nearest to anything within a radius of a place.
  template <class Visit>
  void for_each_near(const std::array<float, 3>& place, float radius, Visit&& visit) {
    float nearest = clusters_.look(place, size_, 0, clusters_.size());
    near_.clear();
    clusters_.for_each_within(limit(nearest, radius), 0, clusters_.size(),
                              [&](u64 c) { near_.push(c); });
    constexpr u64 kGroups = kCluster / kGroup;
    auto end_of = [&](u64 cluster) { return std::min((cluster + 1) * kGroups, groups_.size()); };
    for (u64 c : near_)
      nearest = std::min(nearest, groups_.look(place, size_, c * kGroups, end_of(c)));
    for (u64 c : near_)
      groups_.for_each_within(limit(nearest, radius), c * kGroups, end_of(c), [&](u64 g) {
        visit(g * kGroup, std::min((g + 1) * kGroup, size()));
      });
  }

  // The groups of a cluster fill whole vectors.
  static constexpr u64 kGroup = 8, kCluster = 128;

  // Places in voxels.
  struct Places {
    std::vector<float> x, y, z;
    u64 size() const { return x.size(); }
    std::array<float, 3> operator[](u64 i) const { return {x[i], y[i], z[i]}; }
    float distance(u64 i, const std::array<float, 3>& from, VoxelSize size) const {
      return std::hypot(size.x * (x[i] - from[0]), size.y * (y[i] - from[1]),
                        size.z * (z[i] - from[2]));
    }
    void clear() {
      for (auto* axis : {&x, &y, &z}) axis->clear();
    }
    void push(const std::array<float, 3>& place) {
      x.push_back(place[0]);
      y.push_back(place[1]);
      z.push_back(place[2]);
    }
    void resize(u64 size, float value) {
      for (auto* axis : {&x, &y, &z}) axis->resize(size, value);
    }
  };

  // Spheres around so many sites each, with one of these in the middle; what fills the last vector
  // is nowhere.
  class Spheres {
   public:
    u64 size() const { return count_; }

    void enclose(const Places& sites, u64 each, VoxelSize size) {
      centres_.clear();
      radius_.clear();
      for (u64 begin = 0; begin < sites.size(); begin += each) {
        const u64 end = std::min(begin + each, sites.size());
        const std::array<float, 3> centre = sites[(begin + end) / 2];
        float most = 0;
        for (u64 i = begin; i < end; i++) most = std::max(most, sites.distance(i, centre, size));
        centres_.push(centre);
        radius_.push_back(1.0001f * most);
      }
      count_ = radius_.size();
      centres_.resize(count_ + kLanes, std::numeric_limits<float>::infinity());
      radius_.resize(count_ + kLanes);
      from_.resize(count_ + kLanes);
    }

    // Notes how far the spheres [begin, end) are from a place, and returns within what distance of
    // it there is a site for sure.
    float look(const std::array<float, 3>& place, VoxelSize size, u64 begin, u64 end) {
      Floats within = all(std::numeric_limits<float>::infinity());
      for (u64 s = begin; s < end; s += kLanes) {
        const Floats x = all(size.x) * (load(&centres_.x[s]) - all(place[0]));
        const Floats y = all(size.y) * (load(&centres_.y[s]) - all(place[1]));
        const Floats z = all(size.z) * (load(&centres_.z[s]) - all(place[2]));
        const Floats distance = length(x, y, z);
        store(&from_[s], distance - load(&radius_[s]));
        within = smaller(within, distance);
      }
      float least = within[0];
      for (u64 lane = 1; lane < kLanes; lane++) least = std::min(least, within[lane]);
      return least;
    }
    // Calls visit(sphere) for those that the last look has found within a distance.
    template <class Visit>
    void for_each_within(float distance, u64 begin, u64 end, Visit&& visit) const {
      for (u64 s = begin; s < end; s += kLanes)
        for (u32 near = bits_of(load(&from_[s]) <= all(distance)); near; near &= near - 1)
          visit(s + static_cast<u64>(std::countr_zero(near)));
    }

   private:
    u64 count_ = 0;
    Places centres_;
    std::vector<float> radius_, from_;
  };

  VoxelSize size_;
  Places sites_;
  Spheres groups_, clusters_;
  Pile<u64> near_;  // clusters
  Pile<Candidate> candidates_;
};

}  // namespace kimimaro
