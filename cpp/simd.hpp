// A vector of floats as wide as the machine's registers (GCC and Clang vector types).
#pragma once

#include <cmath>

#include "common.hpp"

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace kimimaro {

#if defined(__AVX512F__)
#define KIMIMARO_VECTOR_BYTES 64
#elif defined(__AVX2__)
#define KIMIMARO_VECTOR_BYTES 32
#else
#define KIMIMARO_VECTOR_BYTES 16
#endif

constexpr u64 kLanes = KIMIMARO_VECTOR_BYTES / sizeof(float);
typedef float Floats __attribute__((vector_size(KIMIMARO_VECTOR_BYTES), aligned(4), may_alias));
typedef i32 Ints __attribute__((vector_size(KIMIMARO_VECTOR_BYTES), aligned(4), may_alias));
typedef i32 Quad __attribute__((vector_size(16), aligned(4), may_alias));
typedef u8 Bytes __attribute__((vector_size(KIMIMARO_VECTOR_BYTES / 4), aligned(1), may_alias));

// Whatever the alignment; a reference to a vector would be taken to be aligned by Clang.
inline Floats load(const float* from) { return *reinterpret_cast<const Floats*>(from); }
inline Ints load(const i32* from) { return *reinterpret_cast<const Ints*>(from); }
inline Ints load(const u32* from) { return *reinterpret_cast<const Ints*>(from); }
inline Quad load_quad(const u32* from) { return *reinterpret_cast<const Quad*>(from); }
inline void store(float* to, Floats value) { *reinterpret_cast<Floats*>(to) = value; }
inline void store(i32* to, Ints value) { *reinterpret_cast<Ints*>(to) = value; }
inline void store(u32* to, Ints value) { *reinterpret_cast<Ints*>(to) = value; }
inline Floats all(float value) { return value - Floats{}; }
// 0, 1, 2 and so on.
inline Ints lane_numbers() {
  Ints numbers{};
  for (u64 i = 0; i < kLanes; i++) numbers[i] = static_cast<i32>(i);
  return numbers;
}
// The first so many lanes; the others are zero, and neither read nor written.
#if defined(__AVX512F__)
inline __mmask16 first_lanes(u64 count) {
  return static_cast<__mmask16>(count < kLanes ? (1u << count) - 1 : 0xffff);
}
#elif defined(__AVX2__)
inline __m256i first_lanes(u64 count) {
  return (__m256i)(lane_numbers() < static_cast<i32>(count));
}
#endif
inline Floats load_first(const float* from, u64 count) {
#if defined(__AVX512F__)
  return (Floats)_mm512_maskz_loadu_ps(first_lanes(count), from);
#elif defined(__AVX2__)
  return (Floats)_mm256_maskload_ps(from, first_lanes(count));
#else
  if (count >= kLanes) return load(from);
  Floats value{};
  for (u64 i = 0; i < count; i++) value[i] = from[i];
  return value;
#endif
}
inline void store_first(float* to, Floats value, u64 count) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(to, first_lanes(count), (__m512)value);
#elif defined(__AVX2__)
  _mm256_maskstore_ps(to, first_lanes(count), (__m256)value);
#else
  if (count >= kLanes) return store(to, value);
  for (u64 i = 0; i < count; i++) to[i] = value[i];
#endif
}
inline Floats smaller(Floats a, Floats b) { return a < b ? a : b; }
inline Floats larger(Floats a, Floats b) { return a < b ? b : a; }
inline Ints larger(Ints a, i32 b) { return a > b ? a : b - Ints{}; }
// A byte for each lane.
inline Ints widened(const u8* from) {
  return __builtin_convertvector(*reinterpret_cast<const Bytes*>(from), Ints);
}
inline Floats square_root(Floats value) {
#if defined(__AVX512F__)
  return (Floats)_mm512_sqrt_ps((__m512)value);
#elif defined(__AVX2__)
  return (Floats)_mm256_sqrt_ps((__m256)value);
#elif defined(__SSE2__)
  return (Floats)_mm_sqrt_ps((__m128)value);
#else
  for (u64 i = 0; i < kLanes; i++) value[i] = std::sqrt(value[i]);
  return value;
#endif
}

inline Floats length(Floats x, Floats y, Floats z) { return square_root(x * x + y * y + z * z); }

// One bit a lane from the result of a comparison.
inline u32 bits_of(Ints comparison) {
#if defined(__AVX512F__)
  return _mm512_movepi32_mask((__m512i)comparison);
#elif defined(__AVX2__)
  return static_cast<u32>(_mm256_movemask_ps((__m256)comparison));
#elif defined(__SSE2__)
  return static_cast<u32>(_mm_movemask_ps((__m128)comparison));
#else
  u32 bits = 0;
  for (u64 i = 0; i < kLanes; i++) bits |= static_cast<u32>(comparison[i] & 1) << i;
  return bits;
#endif
}

#if KIMIMARO_VECTOR_BYTES > 16  // else it is the same type
inline u32 bits_of(Quad comparison) {
  return static_cast<u32>(_mm_movemask_ps((__m128)comparison));
}
#endif

// Whether a is below b in any lane.
inline bool any_below(Floats a, Floats b) { return bits_of(a < b) != 0; }

// Writes the positions of the set bits of mask, ascending, and returns how many there are.
// Up to 32 bytes are written whatever the mask.
inline u32 set_bits(u32 mask, u8* to) {
#if defined(__AVX512VBMI2__) && defined(__AVX512VL__)
  const __m256i positions =
      _mm256_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                       22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_maskz_compress_epi8(mask, positions));
  return static_cast<u32>(__builtin_popcount(mask));
#else
  u32 count = 0;
  for (; mask; mask &= mask - 1) to[count++] = static_cast<u8>(__builtin_ctz(mask));
  return count;
#endif
}

inline void prefetch(const void* address) { __builtin_prefetch(address); }

}  // namespace kimimaro
