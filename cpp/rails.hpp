// Cheapest paths from a target to the nearest rail, that is to a voxel that is already drawn.
// Costs sit on voxels, so a voxel is final when it is first touched: each is queued once, nothing
// is ever decreased, and the search ends at the first rail it touches. Penalties come in units of
// a bucket; a queued key is kept as its bucket and the fraction within it, so that it never loses
// precision however long the path. A bucket is sorted when its turn comes (cf. Dial 1969).
#pragma once

#include "block.hpp"
#include "queue.hpp"

namespace kimimaro {

constexpr u64 kPathBuckets = 512;
// The largest penalty, in buckets: a push reaches less than the whole ring ahead.
constexpr float kMostBuckets = kPathBuckets - 2;

// What a search touched, in this order, and from which direction; the target comes first.
template <class Address>
struct Touched {
  Address address;
  u32 direction;
};
template <class Address>
using Trail = Pile<Touched<Address>>;

template <class Address>
class RailSearch {
 public:
  // Makes every voxel of the block available.
  void enter(const Block<Address>& block) {
    available_.reserve(block.grid);
    block.copy_rows(block.component, available_);
    // Beyond so many touched voxels it is quicker to copy all rows than to restore each.
    most_touched_ = 16 + block.rows() * block.grid.row_words;
    touched_.reserve(most_touched_ + 1);
  }
  void leave(const Block<Address>& block) {
    block.clear_rows(available_);
    if (block.voxels > kLargeObject) ring_.release();
  }

  // Fills path with the addresses from a rail to the target, both included; a target that is a
  // rail itself is the whole path.
  void find(Block<Address>& block, Address target, Pile<Address>& path, Control& control) {
    path.clear();
    u32& record = block.record[block.index(target)];
    if (record & Block<Address>::kRail) {
      path.push(target);
      return;
    }
    put(record, (record & ~31u) | kCentre);
    found_ = false;
    count_ = 0;
    remember(available_.take(target), target);
    spread(block, target, InRecord{*this}, [&] { return control.check(), false; });
    if (!found_) throw std::logic_error("a target has no way to the root");
    for (Address a = rail_;;) {
      path.push(a);
      const u32 j = block.record[block.index(a)] & 31u;
      if (j == kCentre || a == target) break;
      a = static_cast<Address>(block.grid.back(a, j));
    }
    restore(block);
  }

  // The same search, which leaves a trail instead and changes no record, so that others may search
  // or draw at the same time. Ends without a rail, and returns false, if the trail grows too long
  // or unwanted() says so.
  template <class Unwanted>
  bool scout(Block<Address>& block, Address target, Trail<Address>& trail, u64 longest,
             Unwanted&& unwanted, Control& control) {
    trail.clear();
    trail.push({target, kCentre});
    found_ = false;
    available_.clear(target);
    try {
      spread(block, target, OnTrail{trail}, [&] {
        control.check();
        return trail.size() > longest || unwanted();
      });
    } catch (...) {
      restore(trail);
      throw;
    }
    restore(trail);
    return found_;
  }

  // Leaves in every record the direction it is cheapest reached by from the root.
  void grow_tree(Block<Address>& block, Address root, Control& control) {
    u32& record = block.record[block.index(root)];
    const u32 rail = record;
    record = kCentre;
    found_ = false;
    count_ = 0;
    remember(available_.take(root), root);
    spread(block, root, InRecord{*this}, [&] { return control.check(), false; });
    block.record[block.index(root)] = rail;
    restore(block);
  }

  // Follows that tree from the target to the first rail.
  void follow_tree(const Block<Address>& block, Address target, Pile<Address>& path) const {
    path.clear();
    for (Address a = target;;) {
      path.push(a);
      const u32 record = block.record[block.index(a)];
      if (record & Block<Address>::kRail) break;
      a = static_cast<Address>(block.grid.back(a, record & 31u));
    }
    std::reverse(path.begin(), path.end());
  }

 private:
  struct Entry {
    float fraction;
    Address address;
    friend bool operator<(const Entry& a, const Entry& b) {
      return a.fraction != b.fraction ? a.fraction < b.fraction : a.address < b.address;
    }
  };
  struct Touch {
    Address address, index;
    float fraction;  // of the voxel it is touched from
    u8 direction, from;
  };
  static constexpr u64 kBatch = 32;

  // Where the direction goes that a voxel is first touched from.
  struct InRecord {
    RailSearch& search;
    void ensure(u64) {}
    void note(u32 fresh, const Touch& t, u32& record, u32 old) {
      put(record, fresh ? (old & ~31u) | t.direction : old);
      search.remember(fresh, t.address);
    }
  };
  struct OnTrail {
    Trail<Address>& trail;
    void ensure(u64 more) { trail.ensure(more); }
    void note(u32 fresh, const Touch& t, u32&, u32) {
      trail.push_if(fresh, {t.address, t.direction});
    }
  };

  void remember(u32 keep, Address a) {
    touched_[std::min(count_, most_touched_)] = a;
    count_ += keep;
  }

  void restore(const Block<Address>& block) {
    ring_.clear();
    if (count_ > most_touched_) {
      block.copy_rows(block.component, available_);
    } else {
      for (u64 i = 0; i < count_; i++) available_.set(touched_[i]);
    }
  }

  void restore(Trail<Address>& trail) {
    ring_.clear();
    soon_.clear();
    for (const auto& touched : trail) available_.set(touched.address);
  }

  // Touches a neighbour; returns whether its key falls into the bucket that is being emptied.
  template <class Notes>
  bool touch(Block<Address>& block, const Touch& t, u64 bucket, Entry& soon, Notes& notes) {
    const u32 fresh = available_.take(t.address);
    u32& record = block.record[t.index];
    const u32 old = peek(record);
    notes.note(fresh, t, record, old);
    if ((old & Block<Address>::kRail) && fresh) [[unlikely]] {
      found_ = true;
      rail_ = t.address;
      return false;
    }
    // The direction bits are left in: they are the same for all comparisons of this penalty.
    const float key = t.fraction + std::bit_cast<float>(old & ~31u);
    const u32 ahead = static_cast<u32>(static_cast<i32>(key));
    const Entry entry{key - static_cast<float>(ahead), t.address};
    if (ahead == 0) [[unlikely]] {
      soon = entry;
      return fresh;
    }
    ring_.push_if(fresh, bucket + ahead, entry);
    return false;
  }

  // Asks end() now and then whether to go on.
  template <class Notes, class End>
  void spread(Block<Address>& block, Address start, Notes notes, End&& end) {
    u64 bucket = 0;
    ring_.push_if(1, 0, {0.f, start});
    while (!found_ && ring_.next(bucket)) {
      if (end()) break;
      Pile<Entry>& entries = turn_;
      ring_.drain(bucket, entries);
      bin_sort(
          entries, sorted_, counts_, [](const Entry& e) { return e.fraction; }, std::less<Entry>());
      const u64 left = spread_in_batches(block, entries, bucket, notes);
      if (!found_ && !soon_.empty()) spread_one_by_one(block, entries, left, bucket, notes);
    }
    soon_.clear();
  }

  // Spreads from the sorted entries in turn; the neighbours of a batch are listed and fetched
  // while those of the batch before it are touched. Ends early when a voxel turns up that belongs
  // into this very bucket, and returns the first entry that is left.
  template <class Notes>
  u64 spread_in_batches(Block<Address>& block, Pile<Entry>& entries, u64 bucket, Notes& notes) {
    const u64 size = entries.size();
    u64 listed = list(block, entries, 0, touches_[0]);
    for (u64 from = 0, turn = 0; from < size; from += kBatch, turn ^= 1) {
      const u64 count = listed;
      if (from + kBatch < size) listed = list(block, entries, from + kBatch, touches_[turn ^ 1]);
      notes.ensure(count);
      u64 last = kBatch;  // the entry of this batch after which to end
      for (u64 t = 0; t < count; t++) {
        const Touch& touched = touches_[turn][t];
        if (touched.from > last) return from + last + 1;
        Entry soon;
        if (touch(block, touched, bucket, soon, notes)) [[unlikely]] {
          soon_.push(soon);
          last = touched.from;
        }
        if (found_) return size;
      }
      if (!soon_.empty()) return std::min(from + last + 1, size);
    }
    return size;
  }

  // Spreads from what is left of the bucket and what turns up in it, whichever comes first.
  template <class Notes>
  void spread_one_by_one(Block<Address>& block, Pile<Entry>& entries, u64 left, u64 bucket,
                         Notes& notes) {
    auto later = [](const Entry& a, const Entry& b) { return b < a; };
    std::make_heap(soon_.begin(), soon_.end(), later);
    while (left < entries.size() || !soon_.empty()) {
      Entry next;
      if (soon_.empty() || (left < entries.size() && entries[left] < soon_[0])) {
        next = entries[left++];
      } else {
        std::pop_heap(soon_.begin(), soon_.end(), later);
        next = soon_[soon_.size() - 1];
        soon_.pop();
      }
      const u64 count = list_one(block, next, 0, touches_[0]);
      block.look_up(touches_[0], count);
      notes.ensure(count);
      for (u64 t = 0; t < count; t++) {
        Entry soon;
        if (touch(block, touches_[0][t], bucket, soon, notes)) {
          soon_.push(soon);
          std::push_heap(soon_.begin(), soon_.end(), later);
        }
        if (found_) return;
      }
    }
  }

  u64 list(Block<Address>& block, Pile<Entry>& entries, u64 from, Touch* touches) {
    const u64 size = std::min(kBatch, entries.size() - from);
    const u64 ahead = std::min(kBatch, entries.size() - from - size);
    const Entry* entry = entries.data() + from;
    for (u64 i = size; i < size + ahead; i++)
      available_.prefetch_window(block.grid, entry[i].address);
    u64 count = 0;
    for (u64 i = 0; i < size; i++)
      count += list_one(block, entry[i], static_cast<u8>(i), touches + count);
    block.look_up(touches, count);
    return count;
  }

  // Lists the neighbours of an entry, without their records.
  u64 list_one(Block<Address>& block, const Entry& entry, u8 from, Touch* touches) {
    const auto around = block.grid.around(entry.address);
    const u32 window = block.barred.passable(entry.address, available_.window_of(around));
    u8 directions[32];
    const u32 neighbors = set_bits(window, directions);
    for (u32 n = 0; n < neighbors; n++) {
      const u8 j = directions[n];
      const Address a = static_cast<Address>(around.at(j));
      block.prefetch_index(a);
      touches[n] = {a, Address{}, entry.fraction, j, from};
    }
    return neighbors;
  }

  Bits available_;  // voxels that the search has not touched
  // Few voxels at a time are queued in a sparse object, and in as many buckets.
  Ring<Entry, kPathBuckets, kBoxed<Address> ? 127 : 7> ring_;
  Pile<Entry> turn_, sorted_, soon_;
  std::vector<u32> counts_;
  Buffer<Address> touched_;
  u64 count_ = 0, most_touched_ = 0;
  bool found_ = false;
  Address rail_{};
  Touch touches_[2][kBatch * kDirections];
};

}  // namespace kimimaro
