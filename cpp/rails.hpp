// Cheapest paths from a target to the nearest rail, that is to a voxel that is already drawn.
// Costs sit on voxels, so a voxel is final when it is first touched: each is queued once, nothing
// is ever decreased, and the search ends at the first rail it touches. Penalties come in units of
// a bucket; a queued key is kept as its bucket and the fraction within it, so that it never loses
// precision however long the path. A bucket is sorted when its turn comes (cf. Dial 1969). The
// first path, between two voxels, is searched from both ends (cf. Pohl 1971).
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
    most_touched_ = 16 + block.words_of_rows();
    touched_.reserve(most_touched_ + 1);
  }
  void leave(const Block<Address>& block) {
    block.clear_rows(available_);
    if (block.voxels > kLargeObject) {
      ring_.release();
      beyond_ = {};
    }
  }

  // Fills path with the addresses from a rail to the target, both included; a target that is a
  // rail itself is the whole path.
  void find(Block<Address>& block, Address target, Pile<Address>& path, Control& control) {
    if (start_from(block, target, path)) {
      spread(block, InRecord{*this}, [&] { return control.check(), false; });
      follow(block, target, path);
    }
  }

  // The same while the root is the only rail. Another search spreads from there, in turn with this
  // one, and tells how far it is from a voxel to the root; when the two have met, this one goes on
  // along the cheapest paths only. Nothing of these is reached otherwise than in find().
  void find_first(Block<Address>& block, Address target, Address root, RailSearch& other,
                  Pile<Address>& path, Control& control) {
    if (!start_from(block, target, path)) return;
    other.enter(block);
    other.beyond_.reserve(block.voxels);
    other.begin(root);
    double most = std::numeric_limits<double>::infinity();  // that the path may cost
    while (!found_ && ring_.next(bucket_)) {
      control.check();
      // Then the other one has touched what this one has yet to reach of the cheapest paths.
      const bool met = static_cast<double>(bucket_ + other.bucket_) > most;
      if (!met && other.waiting() < waiting() && other.ring_.next(other.bucket_)) {
        other.drain();
        other.spread_bucket(block, FromRoot{other});
      } else {
        drain();
        if (met)
          turn_.drop_if([&](const Entry& e) {
            return other.available_.has(e.address) ||
                   static_cast<double>(bucket_) + double{other.beyond_[block.index(e.address)]} >
                       most;
          });
        spread_bucket(block, ToRoot{{*this}, other, most});
      }
    }
    other.forget();
    other.leave(block);
    follow(block, target, path);
  }

  // The same search, which leaves a trail instead and changes no record, so that others may search
  // or draw at the same time. Ends without a rail, and returns false, if the trail grows too long
  // or unwanted() says so.
  template <class Unwanted>
  bool scout(Block<Address>& block, Address target, Trail<Address>& trail, u64 longest,
             Unwanted&& unwanted, Control& control) {
    trail.clear();
    trail.push({target, kCentre});
    begin(target);
    try {
      spread(block, OnTrail{trail}, [&] {
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
    begin(root);
    remember(1, root);
    spread(block, InRecord{*this}, [&] { return control.check(), false; });
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

  // Where the direction goes that a voxel is first touched from, and, if it is no rail, the buckets
  // that it is touched from and queued in.
  struct InRecord {
    RailSearch& search;
    void ensure(u64) {}
    void queue(u32, const Touch&, u64, u64) {}
    void note(u32 fresh, const Touch& t, u32& record, u32 old) {
      put(record, fresh ? (old & ~31u) | t.direction : old);
      search.remember(fresh, t.address);
    }
  };
  struct OnTrail {
    Trail<Address>& trail;
    void ensure(u64 more) { trail.ensure(more); }
    void queue(u32, const Touch&, u64, u64) {}
    void note(u32 fresh, const Touch& t, u32&, u32) {
      trail.push_if(fresh, {t.address, t.direction});
    }
  };
  // What is left to pay beyond a voxel on the way to the root.
  struct FromRoot {
    RailSearch& search;
    void ensure(u64) {}
    void note(u32 fresh, const Touch&, u32&, u32) { search.count_ += fresh; }
    void queue(u32 fresh, const Touch& t, u64 from, u64) {
      float& beyond = search.beyond_[t.index];
      beyond = fresh ? static_cast<float>(from) : beyond;
    }
  };
  // What a path costs at most that leads through a voxel which the other search has touched. Both
  // keys are short of their fractions, and sums of as many roundings as the path has steps.
  struct ToRoot : InRecord {
    const RailSearch& other;
    double& most;
    void queue(u32 fresh, const Touch& t, u64, u64 to) {
      if (!fresh || other.available_.has(t.address)) [[likely]]
        return;
      const double cost = static_cast<double>(to) + double{other.beyond_[t.index]};
      most = std::min(most, cost * (1 + 0x1p-22) + 3);
    }
  };

  // Begins at a target; one that is a rail is the whole path, and there is nothing to search.
  bool start_from(Block<Address>& block, Address target, Pile<Address>& path) {
    path.clear();
    u32& record = block.record[block.index(target)];
    if (record & Block<Address>::kRail) {
      path.push(target);
      return false;
    }
    put(record, (record & ~31u) | kCentre);
    begin(target);
    remember(1, target);
    return true;
  }
  void begin(Address start) {
    found_ = false;
    count_ = drained_ = bucket_ = 0;
    available_.clear(start);
    ring_.push_if(1, 0, {0.f, start});
  }

  // The path back from the rail that was touched.
  void follow(const Block<Address>& block, Address target, Pile<Address>& path) {
    if (!found_) throw std::logic_error("a target has no way to the root");
    for (Address a = rail_;;) {
      path.push(a);
      const u32 j = block.record[block.index(a)] & 31u;
      if (j == kCentre || a == target) break;
      a = static_cast<Address>(block.grid.back(a, j));
    }
    restore(block);
  }

  void remember(u32 keep, Address a) {
    touched_[std::min(count_, most_touched_)] = a;
    count_ += keep;
  }

  void forget() {
    ring_.clear();
    soon_.clear();
  }
  void restore(const Block<Address>& block) {
    forget();
    if (count_ > most_touched_) {
      block.copy_rows(block.component, available_);
    } else {
      for (u64 i = 0; i < count_; i++) available_.set(touched_[i]);
    }
  }

  void restore(Trail<Address>& trail) {
    forget();
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
    notes.queue(fresh, t, bucket, bucket + ahead);
    if (ahead == 0) [[unlikely]] {
      soon = entry;
      return fresh;
    }
    ring_.push_if(fresh, bucket + ahead, entry);
    return false;
  }

  // Asks end() now and then whether to go on.
  template <class Notes, class End>
  void spread(Block<Address>& block, Notes notes, End&& end) {
    while (!found_ && ring_.next(bucket_)) {
      if (end()) break;
      drain();
      spread_bucket(block, notes);
    }
  }

  void drain() {
    ring_.drain(bucket_, turn_);
    drained_ += turn_.size();
  }
  // How wide the front is, which says how many voxels will be touched next.
  u64 waiting() const { return count_ - drained_; }

  template <class Notes>
  void spread_bucket(Block<Address>& block, Notes notes) {
    bin_sort(
        turn_, sorted_, counts_, [](const Entry& e) { return e.fraction; }, std::less<Entry>());
    const u64 left = spread_in_batches(block, bucket_, notes);
    if (!found_ && !soon_.empty()) spread_one_by_one(block, left, bucket_, notes);
  }

  // Spreads from the sorted entries in turn; the neighbours of a batch are listed and fetched
  // while those of the batch before it are touched. Ends early when a voxel turns up that belongs
  // into this very bucket, and returns the first entry that is left.
  template <class Notes>
  u64 spread_in_batches(Block<Address>& block, u64 bucket, Notes& notes) {
    const u64 size = turn_.size();
    u64 listed = list(block, 0, touches_[0]);
    for (u64 from = 0, turn = 0; from < size; from += kBatch, turn ^= 1) {
      const u64 count = listed;
      if (from + kBatch < size) listed = list(block, from + kBatch, touches_[turn ^ 1]);
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
  void spread_one_by_one(Block<Address>& block, u64 left, u64 bucket, Notes& notes) {
    auto later = [](const Entry& a, const Entry& b) { return b < a; };
    std::make_heap(soon_.begin(), soon_.end(), later);
    while (left < turn_.size() || !soon_.empty()) {
      Entry next;
      if (soon_.empty() || (left < turn_.size() && turn_[left] < soon_[0])) {
        next = turn_[left++];
      } else {
        std::pop_heap(soon_.begin(), soon_.end(), later);
        next = soon_[soon_.size() - 1];
        soon_.pop();
      }
      const u64 count = list(block, {&next, 1}, touches_[0]);
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

  u64 list(Block<Address>& block, u64 from, Touch* touches) {
    const u64 size = std::min(kBatch, turn_.size() - from);
    const u64 ahead = std::min(kBatch, turn_.size() - from - size);
    const Entry* entry = turn_.data() + from;
    for (u64 i = size; i < size + ahead; i++)
      available_.prefetch_window(block.grid, entry[i].address);
    return list(block, {entry, size}, touches);
  }

  // Lists the neighbours of a batch of entries.
  u64 list(Block<Address>& block, std::span<const Entry> entries, Touch* touches) {
    ways_.clear();
    for (u64 i = 0; i < entries.size(); i++) {
      const Address a = entries[i].address;
      const auto around = block.grid.around(a);
      const u32 window = block.barred.passable(a, available_.window_of(around));
      places_[i] = block.grid.place(around);
      ways_.add(window, i);
    }
    for (u64 t = 0; t < ways_.count(); t++) {
      const u8 i = ways_.voxel(t), j = ways_.direction(t);
      const Address a = static_cast<Address>(block.grid.beside(places_[i], j));
      block.prefetch_index(a);
      touches[t] = {a, Address{}, entries[i].fraction, j, i};
    }
    block.look_up(touches, ways_.count());
    return ways_.count();
  }

  Bits available_;  // voxels that the search has not touched
  Ring<Entry, kPathBuckets, kChunk<Address>> ring_;
  Pile<Entry> turn_, sorted_, soon_;
  Buffer<float> beyond_;  // cost from the root to before each touched voxel, in buckets
  std::vector<u32> counts_;
  Buffer<Address> touched_;
  u64 count_ = 0, most_touched_ = 0, drained_ = 0;
  u64 bucket_ = 0;  // whose turn it is
  bool found_ = false;
  Address rail_{};
  std::array<typename Grid<Address>::Place, kBatch> places_;  // of a batch
  Ways<kBatch> ways_;
  Touch touches_[2][kBatch * kDirections];
};

}  // namespace kimimaro
