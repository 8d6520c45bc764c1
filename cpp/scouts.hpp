// Idle threads search the paths to targets that are probably next, while the last path is
// explained.
//
// A search depends on the rails only in that it ends at the first it touches. So a search that was
// made with fewer of them is the same up to that voxel: whatever was drawn since, its trail gives
// the path.
#pragma once

#include <condition_variable>

#include "invalidate.hpp"
#include "rails.hpp"
#include "team.hpp"

namespace kimimaro {

// The next targets, as far as one can tell: voxels that are not explained and have no such
// neighbour farther from the root.
template <class Address>
class Tips {
 public:
  void leave(const Block<Address>& block) {
    if (left_ != kEverywhere) block.clear_rows(shadow_);
    tips_.clear();
    left_ = kEverywhere;
  }

  // The tips after the present target, farthest first; those from left on in the order are
  // explained.
  std::span<const Address> look(const Block<Address>& block,
                                const Unexplained<Address>& unexplained,
                                const Buffer<Address>& order, u64 left, Address target, u64 most) {
    if (left_ == kEverywhere) shadow_.reserve(block.grid);
    std::erase_if(tips_, [&](Address a) { return a == target || !unexplained.has(a); });
    left_ = std::min(left_, left);
    shadow_.set(target);
    while (tips_.size() < most && left_ > 0) {
      const Address a = order[--left_];
      if (!unexplained.has(a) || a == target) continue;
      if (!(shadow_.window(block.grid, a) & kNeighbors)) tips_.push_back(a);
      shadow_.set(a);
    }
    return tips_;
  }

 private:
  static constexpr u64 kEverywhere = std::numeric_limits<u64>::max();

  Bits shadow_;  // of what was looked at
  std::vector<Address> tips_;
  u64 left_ = kEverywhere;  // those from here on in the order were looked at
};

template <class Address>
class Scouts {
 public:
  static constexpr unsigned kMost = 16;

  // Lets idle threads join until it leaves, if the object is large.
  void enter(Block<Address>& block, Team& team, Control& control) {
    if (team.threads() == 1 || block.voxels < kSharedObject) return;
    for (Task& task : tasks_) task.state = State::free;
    longest_ = std::max(kLongest, block.voxels / 16);
    searches_.resize(team.threads());
    block_ = &block;
    control_ = &control;
    offer_.emplace(team, kMost, [this](const Team::Offer& own, unsigned seat) { work(own, seat); });
  }
  void leave() {
    if (!offer_) return;
    offer_.reset();
    if (block_->voxels > kLargeObject)
      for (Task& task : tasks_) task.trail.release();
  }
  bool joined() const { return offer_ && offer_->joined(); }

  // Lets them search from these targets, in this order, and from no others any more.
  void send(std::span<const Address> targets) {
    const std::lock_guard lock(guard_);
    for (Task& task : tasks_) {
      if (task.state == State::free) continue;
      const auto wanted = std::find(targets.begin(), targets.end(), task.target);
      task.rank = static_cast<u64>(wanted - targets.begin());
      task.unwanted = wanted == targets.end();
      if (task.unwanted && task.state != State::searching) task.state = State::free;
    }
    for (u64 rank = 0; rank < targets.size(); rank++) {
      auto has = [&](const Task& task) {
        return task.state != State::free && task.target == targets[rank];
      };
      if (std::any_of(tasks_.begin(), tasks_.end(), has)) continue;
      for (Task& task : tasks_) {
        if (task.state != State::free) continue;
        task.target = targets[rank];
        task.rank = rank;
        task.unwanted = false;
        task.state = State::waiting;
        break;
      }
    }
    changed_.notify_all();
  }

  // Fills path from a rail to the target, if somebody has searched it or is about to have;
  // meanwhile this thread, with a search of its own, does another task.
  bool fetch(Address target, Pile<Address>& path, RailSearch<Address>& search) {
    if (!offer_) return false;
    std::unique_lock lock(guard_);
    auto task = std::find_if(tasks_.begin(), tasks_.end(), [&](const Task& t) {
      return t.state != State::free && t.target == target && !t.unwanted;
    });
    if (task == tasks_.end()) return false;
    while (task->state == State::searching)
      if (!do_task(search, lock)) changed_.wait(lock);
    const bool done = task->state == State::done;
    task->state = State::free;
    lock.unlock();
    return done && trace(task->trail, path);
  }

 private:
  enum class State { free, waiting, searching, done, failed };
  struct Task {
    State state = State::free;
    Address target = 0;
    u64 rank = 0;
    std::atomic<bool> unwanted{false};
    Trail<Address> trail;
  };
  static constexpr u64 kLongest = u64{1} << 20;  // trail, at least

  void work(const Team::Offer& own, unsigned seat) {
    if (!searches_[seat]) searches_[seat] = std::make_unique<RailSearch<Address>>();
    RailSearch<Address>& search = *searches_[seat];
    search.enter(*block_);
    std::unique_lock lock(guard_);
    try {
      while (!own.over())
        if (!do_task(search, lock)) changed_.wait_for(lock, std::chrono::milliseconds(1));
    } catch (...) {
      search.leave(*block_);
      throw;
    }
    search.leave(*block_);
  }

  // Does the waiting task of the lowest rank, the lock released meanwhile; false if there is none.
  bool do_task(RailSearch<Address>& search, std::unique_lock<std::mutex>& lock) {
    Task* next = nullptr;
    for (Task& task : tasks_)
      if (task.state == State::waiting && (!next || task.rank < next->rank)) next = &task;
    if (!next) return false;
    next->state = State::searching;
    lock.unlock();
    bool found = false;
    std::exception_ptr error;
    try {
      found = search.scout(
          *block_, next->target, next->trail, longest_,
          [&] { return next->unwanted.load(std::memory_order_relaxed); }, *control_);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    next->state = next->unwanted ? State::free : found ? State::done : State::failed;
    changed_.notify_all();
    if (error) std::rethrow_exception(error);
    return true;
  }

  // Follows a trail back from the first voxel of it that is a rail.
  bool trace(Trail<Address>& trail, Pile<Address>& path) const {
    u64 i = 0;
    for (; i < trail.size(); i++) {
      if (i + kAhead < trail.size())
        prefetch(&block_->record[block_->index(trail[i + kAhead].address)]);
      if (block_->record[block_->index(trail[i].address)] & Block<Address>::kRail) break;
    }
    if (i == trail.size()) return false;
    path.clear();
    for (Address next = trail[i].address;; i--) {
      const auto [address, direction] = trail[i];
      if (address != next) continue;
      path.push(address);
      if (i == 0) return true;
      next = static_cast<Address>(address - static_cast<u64>(block_->grid.step[direction]));
    }
  }
  static constexpr u64 kAhead = 16;

  Block<Address>* block_ = nullptr;
  Control* control_ = nullptr;
  u64 longest_ = 0;
  std::mutex guard_;
  std::condition_variable changed_;
  std::array<Task, kMost> tasks_;
  std::vector<std::unique_ptr<RailSearch<Address>>> searches_;  // by seat
  std::optional<Team::Offer> offer_;
};

}  // namespace kimimaro
