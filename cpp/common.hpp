// The words that every kernel uses: integers, coordinates, the stop signal, threads.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace kimimaro {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i32 = std::int32_t;
using i64 = std::int64_t;

struct Shape {
  u64 x = 0, y = 0, z = 0;
  u64 rows() const { return y * z; }
  u64 voxels() const { return x * y * z; }
  friend bool operator==(const Shape&, const Shape&) = default;
};

struct Voxel {
  u32 x = 0, y = 0, z = 0;
  friend bool operator==(const Voxel&, const Voxel&) = default;
  friend Voxel operator+(Voxel a, Voxel b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
  friend Voxel operator-(Voxel a, Voxel b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
};

struct VoxelSize {
  float x = 1, y = 1, z = 1;
};

// Squared physical distance between two voxels.
inline float squared_distance(Voxel a, Voxel b, VoxelSize size) {
  const float x = size.x * (static_cast<float>(a.x) - static_cast<float>(b.x));
  const float y = size.y * (static_cast<float>(a.y) - static_cast<float>(b.y));
  const float z = size.z * (static_cast<float>(a.z) - static_cast<float>(b.z));
  return x * x + y * y + z * z;
}

// An array whose elements start uninitialised: volume-sized arrays are not written twice.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(u64 size) { reset(size); }
  void reset(u64 size) {
    data_.reset();
    data_.reset(new T[size]);
    size_ = size;
  }
  // Grows when needed; the contents are lost then.
  void reserve(u64 size) {
    if (size > size_) reset(size);
  }
  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  u64 size() const { return size_; }
  T& operator[](u64 i) {
    assert(i < size_);
    return data_[i];
  }
  const T& operator[](u64 i) const {
    assert(i < size_);
    return data_[i];
  }

 private:
  std::unique_ptr<T[]> data_;
  u64 size_ = 0;
};

// Leaves what is made without a value as it is, so that whichever thread writes it is the first to
// touch its memory.
template <class T>
struct Unset : std::allocator<T> {
  template <class U>
  void construct(U* at) {
    ::new (static_cast<void*>(at)) U;
  }
};
// A vector whose resize() does not write.
template <class T>
using Bulk = std::vector<T, Unset<T>>;

struct Cancelled : std::exception {
  const char* what() const noexcept override { return "cancelled"; }
};

// What the caller and the workers tell each other: stop, and how far the work is.
struct Control {
  const Control* outer = nullptr;  // of work that this one's is an unseen part of
  std::atomic<bool> stop{false};
  std::atomic<u64> done{0};
  std::atomic<u64> total{0};

  void check() const {
    if (stop.load(std::memory_order_relaxed)) throw Cancelled();
    if (outer) outer->check();
  }
  void advance(u64 voxels) { done.fetch_add(voxels, std::memory_order_relaxed); }
};

// Seconds since it was made or asked last.
class Stopwatch {
 public:
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double> spent = now - std::exchange(since_, now);
    return spent.count();
  }

 private:
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

// Reads and writes of what another thread may write or read at the same time.
inline u32 peek(const u32& value) { return __atomic_load_n(&value, __ATOMIC_RELAXED); }
inline void put(u32& value, u32 becomes) { __atomic_store_n(&value, becomes, __ATOMIC_RELAXED); }

namespace detail {

// Items of work that threads take in turn.
template <class Work>
class Items {
 public:
  Items(u64 items, Work& work) : items_(items), work_(work) {}

  // Works until none is left; what one throws ends the others' work at their next item.
  void take(unsigned worker) {
    try {
      for (u64 i; !failed_ && (i = next_.fetch_add(1)) < items_;) work_(i, worker);
    } catch (...) {
      const std::lock_guard lock(guard_);
      if (!failed_.exchange(true)) error_ = std::current_exception();
    }
  }
  // Once all have come back: throws on what was thrown first.
  void finish() {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  const u64 items_;
  Work& work_;
  std::atomic<u64> next_{0};
  std::atomic<bool> failed_{false};
  std::mutex guard_;
  std::exception_ptr error_;
};

}  // namespace detail

inline unsigned workers(unsigned threads) { return std::max(threads, 1u); }

// Calls work(item, worker) for each item of [0, items), in order of the items, on so many threads;
// workers are numbered below workers(threads).
template <class Work>
void parallel_for(unsigned threads, u64 items, Work&& work) {
  threads = static_cast<unsigned>(std::min<u64>(workers(threads), std::max<u64>(items, 1)));
  detail::Items all(items, work);
  std::vector<std::thread> helpers;
  try {
    for (unsigned worker = 1; worker < threads; worker++)
      helpers.emplace_back([&all, worker] { all.take(worker); });
  } catch (const std::exception&) {
    // There are no more threads, or no memory for them: those that run do the work.
  }
  all.take(0);
  for (auto& helper : helpers) helper.join();
  all.finish();
}

}  // namespace kimimaro
