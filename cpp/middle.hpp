// Which voxels are near the middle of an object: of the vertices of a path the nearest one reaches
// them, and they are nearer to it than so many times its distance to boundary. If such a voxel is
// connected to the path it is taken to be connected to that vertex. In wide parts of an object most
// cells of voxels are decided as a whole.
#pragma once

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
      radius_ =
          std::hypot(size_.x * half(cell_.x), size_.y * half(cell_.y), size_.z * half(cell_.z));
      along_x_ = grid.row_words * 64 / cell_.x;
      along_y_ = height / cell_.y + 1;
      verdicts_.reserve(along_x_ * along_y_ * (depth / cell_.z + 1));
    }
  }

  // The path's next vertex, by how far it reaches and its distance to boundary.
  void add(float reach, float dbf) { limits_.push_back(std::min(reach, kPlain * dbf)); }
  // Forgets the path.
  void clear() {
    limits_.clear();
    for (u64 cell : judged_) verdicts_[cell] = Verdict::unknown;
    judged_.clear();
  }

  // No voxel so far from the path is near the middle.
  float widest() const { return *std::max_element(limits_.begin(), limits_.end()); }

  // Those of some voxels of a word that are near the middle.
  [[gnu::noinline]] u64 among(const Grid<Address>& grid, u64 word, u64 voxels) {
    u64 found = 0;
    if constexpr (kBoxed<Address>) found = take_decided(grid, word, voxels);
    while (voxels) {
      const int bit = std::countr_zero(voxels);
      u64 lanes = voxels >> bit & (~u64{0} >> (64 - kLanes));
      // What does not hang together may be in different rows there.
      if (!kBoxed<Address>) lanes &= ~(lanes + 1);
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
  // The size of a cell in objects as large; along x it is a part of a word.
  static constexpr u32 kX = 16, kY = 8, kZ = 4;
  // How many of a cell's voxels are near the middle.
  enum class Verdict : u8 { unknown, some, none, all };

  // From the first of so many voxels to their middle.
  static float half(u32 voxels) { return static_cast<float>(voxels - 1) / 2; }

  // Takes out those of some voxels of a word whose cell is all or not at all near the middle, and
  // returns which of them are.
  u64 take_decided(const Box& box, u64 word, u64& voxels) {
    u64 found = 0;
    const Voxel row = box.voxel(64 * word);
    const u64 first = word % box.row_words * 64;
    for (u64 left = voxels; left;) {
      const u64 bit = static_cast<u64>(std::countr_zero(left)) / kX * kX;
      const u64 together = voxels & ((u64{1} << kX) - 1) << bit;
      left &= ~together;
      const Verdict verdict = judge(box, first + bit, row.y, row.z);
      if (verdict == Verdict::some) continue;
      if (verdict == Verdict::all) found |= together;
      voxels &= ~together;
    }
    return found;
  }

  // That of the cell of some bits of a row.
  Verdict judge(const Box& box, u64 bit, u32 y, u32 z) {
    const Voxel at{static_cast<u32>(bit / cell_.x), (y - box.lo.y) / cell_.y,
                   (z - box.lo.z) / cell_.z};
    const u64 cell = at.x + along_x_ * (at.y + along_y_ * at.z);
    if (verdicts_[cell] == Verdict::unknown) {
      judged_.push(cell);
      auto centre = [](u32 lo, u32 size, u32 n) {
        return static_cast<float>(lo) + static_cast<float>(size) * static_cast<float>(n) +
               half(size);
      };
      // The first bit of a row is left of the box.
      verdicts_[cell] =
          judge_around({centre(box.lo.x, cell_.x, at.x) - 1, centre(box.lo.y, cell_.y, at.y),
                        centre(box.lo.z, cell_.z, at.z)});
    }
    return verdicts_[cell];
  }

  // That of the cell with this centre; sums are rounded.
  Verdict judge_around(const std::array<float, 3>& centre) {
    float least = std::numeric_limits<float>::infinity(), most = 0;
    const float nearest = vertices_.for_each_candidate(centre, radius_, [&](u64 vertex) {
      least = std::min(least, limits_[vertex]);
      most = std::max(most, limits_[vertex]);
    });
    if (1.0001f * nearest + 1.001f * radius_ < least) return Verdict::all;
    if (nearest - 1.001f * radius_ > 1.0001f * most) return Verdict::none;
    return Verdict::some;
  }

  VoxelSize size_;
  NearestSites& vertices_;
  std::vector<float> limits_;      // of the vertices
  Voxel cell_;                     // how large each is
  float radius_ = 0;               // of a sphere around its voxels
  u64 along_x_ = 0, along_y_ = 0;  // cells of the box
  Zeros<Verdict> verdicts_;
  Pile<u64> judged_;
};

}  // namespace kimimaro
