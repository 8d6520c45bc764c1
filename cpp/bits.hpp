// Sets of voxels of a grid: a bit for each address.
#pragma once

#include <bit>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>

#include "grid.hpp"

#if defined(__BMI2__)
#include <immintrin.h>
#endif

namespace kimimaro {

// Words that are zero whenever a new component begins; large ones cost nothing until touched.
template <class T>
class Zeros {
 public:
  void reserve(u64 size) {
    if (size <= size_) return;
    data_.reset(static_cast<T*>(std::calloc(size, sizeof(T))));
    if (!data_) throw std::bad_alloc();
    size_ = size;
  }
  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  T& operator[](u64 i) {
    assert(i < size_);
    return data_.get()[i];
  }
  const T& operator[](u64 i) const {
    assert(i < size_);
    return data_.get()[i];
  }

 private:
  struct Free {
    void operator()(T* p) const { std::free(p); }
  };
  std::unique_ptr<T, Free> data_;
  u64 size_ = 0;
};

// A set of voxels of a grid. One word of slack on either side lets windows be read carelessly.
class Bits {
 public:
  template <class Layout>
  void reserve(const Layout& grid) {
    zeros_.reserve(grid.words + 2);
  }
  u64* words() { return zeros_.data() + 1; }
  const u64* words() const { return zeros_.data() + 1; }
  bool has(u64 a) const { return words()[a >> 6] >> (a & 63) & 1; }
  void set(u64 a) { words()[a >> 6] |= u64{1} << (a & 63); }
  void clear(u64 a) { words()[a >> 6] &= ~(u64{1} << (a & 63)); }

  u8* bytes() { return reinterpret_cast<u8*>(words()); }
  // Takes the voxel out and returns 1 if it was in the set, else 0; in loops by its bytes, which do
  // not move.
  u32 take(u64 a) { return take_from(bytes(), a); }
  static u32 take_from(u8* bytes, u64 a) {
    u8& byte = bytes[a >> 3];
    const u32 was = byte >> (a & 7) & 1;
    byte = static_cast<u8>(byte & ~(1u << (a & 7)));
    return was;
  }

  // Cuts out the 27 bits around voxels; a value for loops, like a grid's guide.
  class Windows {
   public:
    explicit Windows(const u64* words) : set_(reinterpret_cast<const u8*>(words)) {}
    [[gnu::always_inline]] u32 of(const auto& around) const {
      const u32 shift = around.shift();
      if (around.flat()) return nine_bits(around.rows(set_, 1), shift) << 9;
      return nine_bits(around.rows(set_, 0), shift) | nine_bits(around.rows(set_, 1), shift) << 9 |
             nine_bits(around.rows(set_, 2), shift) << 18;
    }

   private:
    const u8* set_;
  };
  Windows windows() const { return Windows(words()); }
  template <class Layout>
  u32 window(const Layout& grid, u64 a) const {
    return windows().of(grid.around(a));
  }
  // Those of the 64 voxels of a word that are in the set or beside a voxel that is; the padding
  // between rows is zero, so that nothing is carried from one to another.
  u64 near(const Box& grid, u64 word) const {
    u64 found = 0;
    for (u64 plane : {word - grid.plane_words, word, word + grid.plane_words}) {
      for (u64 other : {plane - grid.row_words, plane, plane + grid.row_words}) {
        const u64* at = words() + other;
        found |= *at | *at << 1 | *at >> 1 | at[-1] >> 63 | at[1] << 63;
      }
    }
    return found;
  }
  // Whether any of the bits [first, last] of a row of words is set.
  bool any_in(u64 row, u64 first, u64 last) const {
    const u64* at = words() + row + (first >> 6);
    const u64* const end = words() + row + (last >> 6);
    u64 bits = *at & ~u64{0} << (first & 63);
    for (; at != end; bits = *++at)
      if (bits) return true;
    return bits & ~u64{0} >> (63 - (last & 63));
  }
  // The first voxel of the bits [begin, end) of a row of words, end if there is none.
  u64 first_in(u64 row, u64 begin, u64 end) const {
    for (u64 bit = begin; bit < end; bit = (bit | 63) + 1) {
      const u64 left = words()[row + (bit >> 6)] >> (bit & 63);
      if (left) return std::min(end, bit + static_cast<u64>(std::countr_zero(left)));
    }
    return end;
  }
  // The bit after the last voxel of the bits [begin, end), begin if there is none.
  u64 after_last_in(u64 row, u64 begin, u64 end) const {
    for (u64 bit = end; bit > begin; bit = (bit - 1) & ~u64{63}) {
      const u64 left = words()[row + ((bit - 1) >> 6)] << (63 - ((bit - 1) & 63));
      if (left) return std::max(begin, bit - static_cast<u64>(std::countl_zero(left)));
    }
    return begin;
  }
  template <class Layout>
  void prefetch_window(const Layout& grid, u64 a) const {
    grid.prefetch_around(reinterpret_cast<const u8*>(words()), a);
  }

 private:
  static u64 two_bytes(const u8* p) {
    u16 bytes;
    std::memcpy(&bytes, p, 2);
    return bytes;
  }
  static u32 nine_bits(std::array<const u8*, 3> p, u32 shift) {
    const u64 rows = two_bytes(p[0]) | two_bytes(p[1]) << 16 | two_bytes(p[2]) << 32;
#if defined(__BMI2__)
    return static_cast<u32>(_pext_u64(rows, u64{0x0007'0007'0007} << shift));
#else
    const u64 three = rows >> shift & u64{0x0007'0007'0007};
    return static_cast<u32>((three | three >> 13 | three >> 26) & 0x1ff);
#endif
  }
  Zeros<u64> zeros_;
};

// Sets the bits [begin, end) of a row of words.
[[gnu::always_inline]] inline void set_range(u64* row, u64 begin, u64 end) {
  const u64 first = begin >> 6, last = (end - 1) >> 6;
  const u64 from = ~u64{0} << (begin & 63), to = ~u64{0} >> (63 - ((end - 1) & 63));
  if (first == last) {
    row[first] |= from & to;
    return;
  }
  row[first] |= from;
  for (u64 w = first + 1; w < last; w++) row[w] = ~u64{0};
  row[last] |= to;
}

inline void clear_range(u64* row, u64 begin, u64 end) {
  const u64 first = begin >> 6, last = (end - 1) >> 6;
  const u64 from = ~u64{0} << (begin & 63), to = ~u64{0} >> (63 - ((end - 1) & 63));
  if (first == last) {
    row[first] &= ~(from & to);
    return;
  }
  row[first] &= ~from;
  for (u64 w = first + 1; w < last; w++) row[w] = 0;
  row[last] &= ~to;
}

}  // namespace kimimaro
