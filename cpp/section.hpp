// The area that a plane cuts out of an object: the sum over the voxels that the plane passes
// through, as far as they hang together (by face, edge or corner) with the voxel it was laid
// through.
#pragma once

#include <cmath>
#include <utility>

#include "common.hpp"

namespace kimimaro {

using Axes = std::array<i64, 3>;

// The voxels of one label in an image of any strides, or in a part of it: those outside
// [lo, hi) belong to others.
template <class T>
struct Solid {
  const std::byte* data = nullptr;  // of the voxel lo
  Axes stride{};                    // in bytes
  Axes lo{}, hi{};
  T label{};  // as it stands in memory

  bool in_range(u32 axis, i64 i) const { return i >= lo[axis] && i < hi[axis]; }
  const std::byte* address(const Axes& v) const {
    return data + (v[0] - lo[0]) * stride[0] + (v[1] - lo[1]) * stride[1] +
           (v[2] - lo[2]) * stride[2];
  }
  bool has(const std::byte* at) const {
    T found;
    std::memcpy(&found, at, sizeof(T));
    return found == label;
  }
};

// What a plane cuts out of a unit cube, by the distance of the cube's centre from the plane.
//
// With the plane's unit normal sorted, a >= b >= c >= 0, and t the way the plane has come from
// the cube's nearest corner, the area is the second difference quotient of t^2 / 2, that is
// (t^2 - (t-a)^2 - (t-b)^2 - (t-c)^2) / 2abc without the squares of what is negative. It is
// written below so that nothing cancels where c is small.
class CubeCut {
 public:
  CubeCut() = default;
  explicit CubeCut(std::array<double, 3> normal) {
    for (double& n : normal) n = std::abs(n);
    std::sort(normal.begin(), normal.end());
    c_ = normal[0], b_ = normal[1], a_ = normal[2];
    half_ = (a_ + b_ + c_) / 2;
    across_ = 1 / a_;
    factor_ = b_ > 0 ? 1 / (2 * a_ * b_) : 0;
    over_c_ = c_ > 0 ? 1 / c_ : 0;
  }
  double half() const { return half_; }  // the distance at which the plane leaves the cube

  double area(double distance) const {
    const double t = half_ - std::abs(distance);
    if (t <= 0) return 0;
    if (t < c_) return t * t * over_c_ * factor_;
    if (t < b_) return (2 * t - c_) * factor_;
    if (t >= b_ + c_) return across_;
    double squares = (t - b_) * (t - b_);
    if (t > a_) squares += (t - a_) * (t - a_);
    return (2 * t - c_ - squares * over_c_) * factor_;
  }

 private:
  double a_ = 0, b_ = 0, c_ = 0, half_ = 0, across_ = 0, factor_ = 0, over_c_ = 0;
};

struct Section {
  double area = 0;     // physical
  u8 contacts = 0;     // faces of the image that it touches: bits x low, x high, y low, ... z high
  bool found = false;  // whether the plane was laid through a voxel of the object
};

// Cuts sections one after the other; one for each thread, as it keeps its memory.
class Sectioner {
 public:
  template <class T>
  Section cut(const Solid<T>& object, const Shape& image, VoxelSize size, const Axes& at,
              const Axes& direction) {
    set_plane(direction);
    extent_ = {static_cast<i64>(image.x), static_cast<i64>(image.y), static_cast<i64>(image.z)};
    Section section;
    for (u32 axis = 0; axis < 3; axis++)
      if (!object.in_range(axis, at[axis])) return section;
    if (!object.has(object.address(at))) return section;
    section.found = true;
    while (!flood(object, at, section)) grow();
    section.area *= scale(size);
    return section;
  }

 private:
  // The voxels of one column along the axis w that the plane passes through: lowest, lowest + 1
  // and lowest + 2 at the most, each a bit.
  struct Column {
    i32 lowest;
    u8 known, own, seen, waiting;
  };

  // Axis w is the one that the plane is most nearly perpendicular to; u and v are the others.
  void set_plane(const Axes& direction) {
    std::array<double, 3> normal;
    double squares = 0;
    for (u32 i = 0; i < 3; i++) {
      normal[i] = static_cast<double>(direction[i]);
      squares += normal[i] * normal[i];
    }
    assert(squares > 0);
    for (double& n : normal) n /= std::sqrt(squares);
    w_ = 0;
    for (u32 i = 1; i < 3; i++)
      if (std::abs(normal[i]) > std::abs(normal[w_])) w_ = i;
    u_ = w_ == 0 ? 1 : 0;
    v_ = w_ == 2 ? 1 : 2;
    normal_ = normal;
    cut_ = CubeCut(normal);
    slope_u_ = -normal[u_] / normal[w_];
    slope_v_ = -normal[v_] / normal[w_];
    // A cube that the plane only touches is not cut.
    constexpr double kTouch = 1e-9;
    reach_ = cut_.half() / std::abs(normal[w_]) - kTouch;
  }

  // The plane's area in units of voxels times this is physical.
  double scale(VoxelSize size) const {
    const double x = normal_[0] / size.x, y = normal_[1] / size.y, z = normal_[2] / size.z;
    return static_cast<double>(size.x) * size.y * size.z * std::sqrt(x * x + y * y + z * z);
  }

  Column& column(i64 du, i64 dv) {
    return columns_[static_cast<u64>((dv + half_width_) * 2 * half_width_ + du + half_width_)];
  }

  template <class T>
  void look(const Solid<T>& object, const Axes& at, i64 du, i64 dv, Column& c) {
    touched_.push_back({static_cast<i32>(du), static_cast<i32>(dv)});
    c.known = 1;
    const double middle = static_cast<double>(du) * slope_u_ + static_cast<double>(dv) * slope_v_;
    const i64 lowest = static_cast<i64>(std::floor(middle - reach_)) + 1;
    const i64 highest = static_cast<i64>(std::ceil(middle + reach_)) - 1;
    assert(highest - lowest < 3);
    c.lowest = static_cast<i32>(lowest);
    Axes voxel;
    voxel[u_] = at[u_] + du;
    voxel[v_] = at[v_] + dv;
    if (!object.in_range(u_, voxel[u_]) || !object.in_range(v_, voxel[v_])) return;
    for (i64 dw = lowest; dw <= highest; dw++) {
      voxel[w_] = at[w_] + dw;
      if (object.in_range(w_, voxel[w_]) && object.has(object.address(voxel)))
        c.own |= static_cast<u8>(1u << (dw - lowest));
    }
  }

  // Adds up what hangs together with the voxel; false if the section is wider than the columns
  // that there is memory for.
  template <class T>
  bool flood(const Solid<T>& object, const Axes& at, Section& section) {
    section.area = 0;
    section.contacts = 0;
    look(object, at, 0, 0, column(0, 0));
    enter(0, 0, column(0, 0), static_cast<u8>(1u << -column(0, 0).lowest));
    bool fits = true;
    while (!stack_.empty()) {
      const auto [du, dv] = stack_.back();
      stack_.pop_back();
      Column& c = column(du, dv);
      const u8 fresh = std::exchange(c.waiting, u8{0});
      add(at, du, dv, c, fresh, section);
      if (std::max(std::abs(du), std::abs(dv)) + 2 > half_width_) {
        fits = false;
        break;
      }
      // Bit k of this stands for lowest - 1 + k: the voxels that touch the fresh ones.
      const u32 around = fresh | u32{fresh} << 1 | u32{fresh} << 2;
      for (i32 j = -1; j <= 1; j++) {
        for (i32 i = -1; i <= 1; i++) {
          Column& other = column(du + i, dv + j);
          if (!other.known) look(object, at, du + i, dv + j, other);
          const i32 shift = c.lowest - 1 - other.lowest;
          const u32 reached = shift >= 0 ? around << shift : around >> -shift;
          enter(du + i, dv + j, other, static_cast<u8>(reached & other.own & ~other.seen));
        }
      }
    }
    clear();
    return fits;
  }

  void enter(i32 du, i32 dv, Column& c, u8 fresh) {
    if (!fresh) return;
    c.seen |= fresh;
    if (!c.waiting) stack_.push_back({du, dv});
    c.waiting |= fresh;
  }

  void add(const Axes& at, i32 du, i32 dv, const Column& c, u8 fresh, Section& section) const {
    const double before = du * normal_[u_] + dv * normal_[v_];
    touch(u_, at[u_] + du, section);
    touch(v_, at[v_] + dv, section);
    for (i32 k = 0; k < 3; k++) {
      if (!(fresh >> k & 1)) continue;
      const i32 dw = c.lowest + k;
      section.area += cut_.area(before + dw * normal_[w_]);
      touch(w_, at[w_] + dw, section);
    }
  }

  void touch(u32 axis, i64 i, Section& section) const {
    const u32 low = i == 0, high = i + 1 == extent_[axis];
    section.contacts |= static_cast<u8>((low | high << 1) << (2 * axis));
  }

  void clear() {
    for (const auto& [du, dv] : touched_) column(du, dv) = Column{};
    touched_.clear();
    stack_.clear();
  }
  void grow() {
    half_width_ *= 2;
    columns_.assign(static_cast<u64>(4 * half_width_ * half_width_), Column{});
  }

  u32 u_ = 0, v_ = 1, w_ = 2;
  std::array<double, 3> normal_{};
  CubeCut cut_;
  double slope_u_ = 0, slope_v_ = 0, reach_ = 0;
  Axes extent_{};
  i64 half_width_ = 32;
  std::vector<Column> columns_ = std::vector<Column>(64 * 64);
  std::vector<std::pair<i32, i32>> stack_, touched_;
};

}  // namespace kimimaro
