// Which voxels are near the middle of an object: of the vertices of a path the nearest one reaches
// them, and they are nearer to it than so many times its distance to boundary. If such a voxel is
// connected to the path it is taken to be connected to that vertex. In wide parts of an object most
// cells of voxels are decided as a whole, and most parts of the others; for the voxels of what is
// left, the vertices that may be the nearest to any of them are few.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <vector>

#include "bits.hpp"
#include "nearest.hpp"

namespace kimimaro {

template <class Address>
class Middle {
 public:
  // Of paths with these vertices.
  Middle(VoxelSize size, NearestSites& vertices) : size_(size), vertices_(vertices) {}

  // Begins with an object.
  void enter(const Grid<Address>& grid) {
    if constexpr (kBoxed<Address>) {
      const u32 height = grid.hi.y - grid.lo.y, depth = grid.hi.z - grid.lo.z;
      cell_ = {kX, std::min(kY, height), std::min(kZ, depth)};
      part_ = {kPartX, std::min(kPartY, height), std::min(kPartZ, depth)};
      along_x_ = grid.row_words * 64 / cell_.x;
      along_y_ = height / cell_.y + 1;
      places_.reserve(along_x_ * along_y_ * (depth / cell_.z + 1));
    }
  }

  // The path's next vertex, by how far it reaches and its distance to boundary.
  void add(float reach, float dbf) { limits_.push_back(std::min(reach, kPlain * dbf)); }
  // Forgets the path.
  void clear() {
    limits_.clear();
    for (u64 cell : judged_) places_[cell] = kUnknown;
    judged_.clear();
    masks_.clear();
  }

  // No voxel so far from the path is near the middle.
  float widest() const { return *std::max_element(limits_.begin(), limits_.end()); }

  // Those of some voxels of a word that are near the middle.
  [[gnu::noinline]] u64 among(const Grid<Address>& grid, u64 word, u64 voxels) {
    u64 found = 0;
    if constexpr (kBoxed<Address>) {
      const Voxel row = grid.voxel(64 * word);
      const u64 first = word % grid.row_words * 64;
      for (u64 left = voxels; left;) {
        const u64 bit = static_cast<u64>(std::countr_zero(left)) / kX * kX;
        const u64 together = left & ((u64{1} << kX) - 1) << bit;
        left &= ~together;
        found |= together & u64{row_of_cell(grid, first + bit, row.y, row.z)} << bit;
      }
      return found;
    }
    while (voxels) {
      const int bit = std::countr_zero(voxels);
      u64 lanes = voxels >> bit & (~u64{0} >> (64 - kLanes));
      // What does not hang together may be in different rows there.
      lanes &= ~(lanes + 1);
      voxels &= ~(lanes << bit);
      const Voxel first = grid.voxel(64 * word + static_cast<u64>(bit));
      const auto [vertex, distance] = vertices_.ask(first, static_cast<u32>(lanes));
      Floats limit;
      for (u64 lane = 0; lane < kLanes; lane++)
        limit[lane] = limits_[static_cast<u32>(vertex[lane])];
      found |= (bits_of(distance < limit) & lanes) << bit;
    }
    return found;
  }

 private:
  static constexpr float kPlain = 2;
  // The size of a cell in objects as large, along x a part of a word, and of a part of it.
  static constexpr u32 kX = 16, kY = 8, kZ = 4;
  static constexpr u32 kPartX = 4, kPartY = 4, kPartZ = 2;
  // What is known of a cell: nothing, that all of its voxels or none are near the middle, or, from
  // kSome on, which are.
  static constexpr u32 kUnknown = 0, kAll = 1, kNone = 2, kSome = 3;
  using Mask = std::array<u16, kY * kZ>;  // by the rows of the cell

  // Vertices among which the nearest to each voxel of a cell is, in their order, and their limits;
  // what fills the last vector is nowhere.
  struct Candidates {
    Pile<float> x, y, z, limit;

    u64 size() const { return x.size(); }
    void clear() {
      for (Pile<float>* each : {&x, &y, &z, &limit}) each->clear();
    }
    void push(const std::array<float, 3>& vertex, float limited) {
      x.push(vertex[0]);
      y.push(vertex[1]);
      z.push(vertex[2]);
      limit.push(limited);
    }
    void finish() {
      for (Pile<float>* each : {&x, &y, &z, &limit}) {
        each->ensure(kLanes);
        std::fill_n(each->end(), kLanes, std::numeric_limits<float>::infinity());
      }
    }
  };
  // The least and the most of some limits.
  struct Range {
    float least = std::numeric_limits<float>::infinity(), most = 0;

    void add(float limit) {
      least = std::min(least, limit);
      most = std::max(most, limit);
    }
  };

  // From the first of so many voxels to their middle.
  static float half(u32 voxels) { return static_cast<float>(voxels - 1) / 2; }
  // Of a sphere around so many voxels.
  float radius_of(const Voxel& voxels) const {
    return std::hypot(size_.x * half(voxels.x), size_.y * half(voxels.y), size_.z * half(voxels.z));
  }

  // Which of a row's voxels are near the middle, of those of the cell of some bits.
  u16 row_of_cell(const Box& box, u64 bit, u32 y, u32 z) {
    const u32 dy = y - box.lo.y, dz = z - box.lo.z;
    const Voxel at{static_cast<u32>(bit / cell_.x), dy / cell_.y, dz / cell_.z};
    const u64 cell = at.x + along_x_ * (at.y + along_y_ * at.z);
    if (places_[cell] == kUnknown) {
      judged_.push(cell);
      auto first = [](u32 lo, u32 size, u32 n) {
        return static_cast<float>(lo) + static_cast<float>(size) * static_cast<float>(n);
      };
      // The first bit of a row is left of the box.
      places_[cell] = judge({first(box.lo.x, cell_.x, at.x) - 1, first(box.lo.y, cell_.y, at.y),
                             first(box.lo.z, cell_.z, at.z)});
    }
    const u32 place = places_[cell];
    if (place < kSome) return place == kAll ? 0xffff : 0;
    return masks_[place - kSome][dy % cell_.y + kY * (dz % cell_.z)];
  }

  // What is known of the voxels within a radius of a place that is so far from the nearest of some
  // vertices with these limits; sums are rounded.
  static u32 verdict(float nearest, float radius, const Range& limits) {
    if (1.0001f * nearest + 1.001f * radius < limits.least) return kAll;
    if (nearest - 1.001f * radius > 1.0001f * limits.most) return kNone;
    return kSome;
  }

  // What there is to be known of the cell with this first voxel.
  u32 judge(const std::array<float, 3>& first) {
    const float radius = radius_of(cell_);
    Range limits;
    candidates_.clear();
    const float nearest =
        vertices_.for_each_candidate(middle(first, cell_), radius, [&](u64 vertex) {
          candidates_.push(vertices_[vertex], limits_[vertex]);
          limits.add(limits_[vertex]);
        });
    const u32 known = verdict(nearest, radius, limits);
    if (known != kSome) return known;
    candidates_.finish();
    distances_.ensure(candidates_.size() + kLanes);
    chosen_.ensure(candidates_.size());
    masks_.push({});
    Mask& mask = masks_[masks_.size() - 1];
    for (u32 z = 0; z < cell_.z; z += kPartZ)
      for (u32 y = 0; y < cell_.y; y += kPartY)
        for (u32 x = 0; x < cell_.x; x += kPartX) judge_part(first, {x, y, z}, limits, mask);
    return kSome + static_cast<u32>(masks_.size()) - 1;
  }
  static std::array<float, 3> middle(const std::array<float, 3>& first, const Voxel& voxels) {
    return {first[0] + half(voxels.x), first[1] + half(voxels.y), first[2] + half(voxels.z)};
  }

  // Enters those voxels of a part of a cell that are near the middle.
  void judge_part(const std::array<float, 3>& first, const Voxel& part, const Range& limits,
                  Mask& mask) {
    const std::array<float, 3> from{first[0] + static_cast<float>(part.x),
                                    first[1] + static_cast<float>(part.y),
                                    first[2] + static_cast<float>(part.z)};
    const float radius = radius_of(part_), nearest = measure(middle(from, part_));
    u32 known = verdict(nearest, radius, limits);
    if (known == kSome)
      known = verdict(nearest, radius, choose(NearestSites::limit(nearest, radius)));
    if (known == kNone) return;
    constexpr u32 kRows = kLanes / kPartX;  // in a vector
    const Floats column = __builtin_convertvector(lane_numbers() % kPartX, Floats),
                 row = __builtin_convertvector(lane_numbers() / kPartX, Floats);
    for (u32 z = 0; z < part_.z; z++)
      for (u32 y = 0; y < part_.y; y += kRows) {
        const u32 near =
            known == kAll ? ~u32{0}
                          : ask(all(from[0]) + column, all(from[1] + static_cast<float>(y)) + row,
                                from[2] + static_cast<float>(z));
        for (u32 r = 0; r < kRows; r++)
          mask[part.y + y + r + kY * (part.z + z)] |=
              static_cast<u16>((near >> kPartX * r & ((1u << kPartX) - 1)) << part.x);
      }
  }

  // How far the candidates are from a place; returns how far the nearest is.
  float measure(const std::array<float, 3>& place) {
    float* const distances = distances_.begin();
    Floats least = all(std::numeric_limits<float>::infinity());
    for (u64 i = 0; i < candidates_.size(); i += kLanes) {
      const Floats x = load(candidates_.x.begin() + i), y = load(candidates_.y.begin() + i),
                   z = load(candidates_.z.begin() + i);
      const Floats distance =
          length(all(size_.x) * (x - all(place[0])), all(size_.y) * (y - all(place[1])),
                 all(size_.z) * (z - all(place[2])));
      store(distances + i, distance);
      least = smaller(distance, least);
    }
    float nearest = least[0];
    for (u64 lane = 1; lane < kLanes; lane++) nearest = std::min(nearest, least[lane]);
    return nearest;
  }
  // Chooses those that are no farther than this from there; returns their limits.
  Range choose(float farthest) {
    Range limits;
    u32* to = chosen_.begin();
    for (u64 i = 0; i < candidates_.size(); i += kLanes)
      for (u32 near = bits_of(load(distances_.begin() + i) <= all(farthest)); near;
           near &= near - 1) {
        const u32 n = static_cast<u32>(i) + static_cast<u32>(std::countr_zero(near));
        limits.add(candidates_.limit.begin()[n]);
        *to++ = n;
      }
    chosen_.resize(static_cast<u64>(to - chosen_.begin()));
    return limits;
  }
  // Which of the voxels at these places are near the middle, by those that were chosen; a bit for
  // each. Of several that are nearest the first one counts.
  u32 ask(Floats x, Floats y, float z) const {
    const float *const xs = candidates_.x.begin(), *const ys = candidates_.y.begin(),
                       *const zs = candidates_.z.begin(), *const limits = candidates_.limit.begin();
    Floats least = all(std::numeric_limits<float>::infinity()), limit{};
    for (u32 n : chosen_) {
      const Floats dx = all(size_.x) * (all(xs[n]) - x), dy = all(size_.y) * (all(ys[n]) - y);
      const float dz = size_.z * (zs[n] - z);
      const Floats square = dx * dx + (dy * dy + all(dz * dz));
      limit = square < least ? all(limits[n]) : limit;
      least = smaller(square, least);
    }
    return bits_of(square_root(least) < limit);
  }

  VoxelSize size_;
  NearestSites& vertices_;
  std::vector<float> limits_;      // of the vertices
  Voxel cell_, part_;              // how large each is
  u64 along_x_ = 0, along_y_ = 0;  // cells of the box
  Zeros<u32> places_;              // of the cells' masks
  Pile<Mask> masks_;
  Pile<u64> judged_;
  Candidates candidates_;  // of a cell
  Pile<float> distances_;  // of them from the middle of a part of it
  Pile<u32> chosen_;       // which may be the nearest to one of its voxels
};

}  // namespace kimimaro
