// Monotone bucket queues: entries leave in order of their bucket.
#pragma once

#include <bit>
#include <utility>

#include "common.hpp"

namespace kimimaro {

// A voxel and what it is sorted by; of those that are level the lowest address comes first.
template <class Address, class Key>
struct Keyed {
  Address address;
  Key key;
  friend bool operator<(const Keyed& a, const Keyed& b) {
    return a.key != b.key ? a.key < b.key : a.address < b.address;
  }
};

// A stack of trivial values; ensure() first, then push as often as promised without a check.
template <class T>
class Pile {
 public:
  void ensure(u64 more) {
    if (size_ + more <= capacity_) return;
    const u64 capacity = std::max(size_ + more, 2 * capacity_);
    std::unique_ptr<T[]> grown(new T[capacity]);
    std::copy_n(data_.get(), size_, grown.get());
    data_ = std::move(grown);
    capacity_ = capacity;
  }
  void push(const T& value) {
    ensure(1);
    data_[size_++] = value;
  }
  void append(const T* from, u64 count) {
    ensure(count);
    std::copy_n(from, count, end());
    size_ += count;
  }
  // The same by blocks, which may be read beyond the end: most appends are of a few values, for
  // which a call takes longer than the copy.
  template <u64 kBlock>
  void append_blocks(const T* from, u64 count) {
    ensure(count + kBlock);
    for (u64 i = 0; i < count; i += kBlock) std::memcpy(end() + i, from + i, kBlock * sizeof(T));
    size_ += count;
  }
  // What is new was written there before.
  void resize(u64 size) {
    assert(size <= capacity_);
    size_ = size;
  }
  // Writes always, but counts only if keep is 1: no branch.
  void push_if(u32 keep, const T& value) {
    assert(size_ < capacity_);
    data_[size_] = value;
    size_ += keep;
  }
  void pop() { size_--; }
  template <class Unwanted>
  void drop_if(Unwanted&& unwanted) {
    size_ = static_cast<u64>(std::remove_if(begin(), end(), unwanted) - begin());
  }
  void clear() { size_ = 0; }
  void release() { *this = Pile(); }
  u64 size() const { return size_; }
  u64 room() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  T* data() { return data_.get(); }
  T* begin() { return data_.get(); }
  T* end() { return data_.get() + size_; }
  const T* begin() const { return data_.get(); }
  const T* end() const { return data_.get() + size_; }
  T& operator[](u64 i) {
    assert(i < size_);
    return data_[i];
  }

 private:
  std::unique_ptr<T[]> data_;
  u64 size_ = 0, capacity_ = 0;
};

// Puts the values into bins, first come, first served in each; bin(value) is less than bins. Leaves
// in counts where each bin ends, and returns how many values the largest has.
template <class T, class Bin>
u32 put_in_bins(Pile<T>& values, Pile<T>& scratch, std::vector<u32>& counts, u32 bins, Bin&& bin) {
  counts.assign(bins + 1, 0);
  for (const T& value : values) counts[bin(value) + 1]++;
  u32 largest = 0;
  for (u32 b = 0; b < bins; b++) {
    largest = std::max(largest, counts[b + 1]);
    counts[b + 1] += counts[b];
  }
  scratch.clear();
  scratch.ensure(values.size());
  for (const T& value : values) scratch.begin()[counts[bin(value)]++] = value;
  scratch.resize(values.size());
  std::swap(values, scratch);
  return largest;
}

// Sorts by before(); fraction(value) in [0, 1) is a monotone guess of where a value belongs. With
// twice as many bins as values few are out of order once each is in its bin.
template <class T, class Fraction, class Before>
void bin_sort(Pile<T>& values, Pile<T>& scratch, std::vector<u32>& counts, Fraction&& fraction,
              Before&& before) {
  constexpr u64 kSmall = 24;
  auto insertion_sort = [&](T* from, T* to) {
    for (T* i = from + 1; i < to; i++) {
      const T value = *i;
      T* hole = i;
      for (; hole > from && before(value, hole[-1]); hole--) *hole = hole[-1];
      *hole = value;
    }
  };
  const u64 size = values.size();
  if (size <= kSmall) return size > 1 ? insertion_sort(values.begin(), values.end()) : void();
  const u32 bins = static_cast<u32>(std::bit_ceil(std::min<u64>(2 * size, u64{1} << 16)));
  const float scale = static_cast<float>(bins);
  const u32 largest = put_in_bins(values, scratch, counts, bins, [&](const T& value) {
    const float at = fraction(value) * scale;
    return std::min(static_cast<u32>(at > 0 ? at : 0), bins - 1);
  });
  if (largest <= kSmall) return insertion_sort(values.begin(), values.end());
  for (u32 b = 0, from = 0; b < bins; from = counts[b], b++)
    if (counts[b] - from > 1)
      std::stable_sort(values.begin() + from, values.begin() + counts[b], before);
}

// A ring of buckets, and which of them have entries. The first few entries of a bucket lie in
// itself, which is all that most have; further ones in chunks that the buckets share: the memory is
// that of the most entries at one time, not of each bucket's worst, but for one chunk of each.
template <class T, u64 kCount, u32 kChunk = 127>
class Ring {
  static_assert(kCount % 64 == 0 && std::has_single_bit(kCount));

 public:
  Ring() = default;
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  void push(u64 bucket, const T& entry) {
    Bucket& to = buckets_[bucket % kCount];
    if (to.used == to.room) [[unlikely]]
      grow(to);
    to.entries[to.used++] = entry;
    occupied_[bucket % kCount / 64] |= u64{1} << (bucket % 64);
  }

  // The first bucket from here on that has entries; false if there is none.
  bool next(u64& bucket) const {
    const u64 start = bucket % kCount;
    u64 word = start / 64, bits = occupied_[word] & ~u64{0} << (start % 64);
    for (u64 n = 0; !bits; n++) {
      if (n == kCount / 64) return false;
      word = (word + 1) % (kCount / 64);
      bits = occupied_[word];
    }
    const u64 found = word * 64 + static_cast<u64>(std::countr_zero(bits));
    bucket += (found + kCount - start) % kCount;
    return true;
  }

  // Moves a bucket's entries to a pile, first in, first out.
  void drain(u64 bucket, Pile<T>& to) {
    to.clear();
    Bucket& from = buckets_[bucket % kCount];
    to.append(from.few.data(), kFew);
    if (from.room == kFew) [[likely]]
      to.resize(from.used);
    else
      drain_chunks(from, to);
    from.reset();
    occupied_[bucket % kCount / 64] &= ~(u64{1} << (bucket % 64));
  }

  // Drops all entries.
  void clear() {
    for (Bucket& bucket : buckets_) {
      if (bucket.room != kFew)
        for (Chunk* chunk = chunk_of(bucket); chunk;) free(std::exchange(chunk, chunk->next));
      bucket.reset();
    }
    occupied_.fill(0);
  }

  // Drops all entries and gives the chunks' memory back.
  void release() {
    clear();
    slabs_.clear();
    free_ = nullptr;
  }

 private:
  struct alignas(64) Chunk {
    std::array<T, kChunk> entries;
    Chunk* next;  // the one before it in its bucket, or among the free ones
  };
  static constexpr u64 kBlock = 8;  // that chunks are copied by
  static_assert((kChunk + kBlock - 1) / kBlock * kBlock * sizeof(T) <= sizeof(Chunk));
  static constexpr u32 kFew = 6;
  static_assert(kFew < kChunk);
  struct alignas(64) Bucket {
    T* entries;  // of its last chunk, if it has one
    u32 used, room;
    std::array<T, kFew> few;

    Bucket() { reset(); }
    void reset() {
      entries = few.data();
      used = 0;
      room = kFew;
    }
  };

  static Chunk* chunk_of(const Bucket& bucket) { return reinterpret_cast<Chunk*>(bucket.entries); }

  void drain_chunks(Bucket& from, Pile<T>& to) {
    Chunk* first = nullptr;
    for (Chunk* chunk = chunk_of(from); chunk;) {
      Chunk* before = std::exchange(chunk->next, first);
      first = std::exchange(chunk, before);
    }
    for (Chunk* chunk = first; chunk;) {
      to.template append_blocks<kBlock>(chunk->entries.data(), chunk->next ? kChunk : from.used);
      free(std::exchange(chunk, chunk->next));
    }
  }

  [[gnu::noinline]] void grow(Bucket& bucket) {
    if (!free_) {
      slabs_.push_back(std::unique_ptr<Chunk[]>(new Chunk[kSlab]));
      for (u64 i = 0; i < kSlab; i++) {
        slabs_.back()[i].next = free_;
        free_ = &slabs_.back()[i];
      }
    }
    Chunk* chunk = free_;
    free_ = chunk->next;
    chunk->next = bucket.room == kFew ? nullptr : chunk_of(bucket);
    bucket.entries = chunk->entries.data();
    bucket.used = 0;
    bucket.room = kChunk;
  }
  void free(Chunk* chunk) {
    chunk->next = free_;
    free_ = chunk;
  }

  static constexpr u64 kSlab = 64;
  std::array<Bucket, kCount> buckets_;
  std::array<u64, kCount / 64> occupied_{};
  std::vector<std::unique_ptr<Chunk[]>> slabs_;
  Chunk* free_ = nullptr;
};

}  // namespace kimimaro
