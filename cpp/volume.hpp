// A labeled image as the caller holds it: any strides, any width of label, any byte order.
#pragma once

#include "common.hpp"

namespace kimimaro {

template <class T>
struct Volume {
  const std::byte* data = nullptr;
  Shape shape;
  std::array<i64, 3> stride{};  // in bytes, of x, y and z
  bool swapped = false;         // the bytes of a label are in the other order than ours

  // How many planes are best read together: a cache line's worth where z is the closest axis.
  u64 planes_at_once() const {
    const bool z_closest = std::abs(stride[2]) < std::abs(stride[0]);
    return z_closest ? std::max<u64>(8, 64 / sizeof(T)) : 1;
  }

  // Copies the rows (y, z), (y, z+1), ... of so many planes one behind the other.
  void read_rows(u64 y, u64 z, u64 planes, T* to) const {
    if (stride[0] == static_cast<i64>(sizeof(T)) && !swapped) {
      for (u64 p = 0; p < planes; p++)
        std::memcpy(to + p * shape.x, address(0, y, z + p), shape.x * sizeof(T));
    } else {
      // Locals, as a store of bytes might change members for all the compiler knows.
      const u64 length = shape.x;
      const i64 x_step = stride[0], z_step = stride[2];
      const bool swap_bytes = swapped;
      const std::byte* row = address(0, y, z);
      for (u64 x = 0; x < length; x++, row += x_step) {
        if (x + u64{kAhead} < length) __builtin_prefetch(row + kAhead * x_step);
        const std::byte* from = row;
        for (u64 p = 0; p < planes; p++, from += z_step) {
          T label;
          std::memcpy(&label, from, sizeof(T));
          to[p * length + x] = swap_bytes ? swap(label) : label;
        }
      }
    }
  }

 private:
  static constexpr i64 kAhead = 16;

  const std::byte* address(u64 x, u64 y, u64 z) const {
    return data + static_cast<i64>(x) * stride[0] + static_cast<i64>(y) * stride[1] +
           static_cast<i64>(z) * stride[2];
  }
  static T swap(T label) {
    if constexpr (sizeof(T) == 2) return __builtin_bswap16(label);
    if constexpr (sizeof(T) == 4) return __builtin_bswap32(label);
    if constexpr (sizeof(T) == 8) return __builtin_bswap64(label);
    return label;
  }
};

}  // namespace kimimaro
