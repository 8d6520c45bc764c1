// Threads that have no object left to work on help with those of the others.
#pragma once

#include <condition_variable>
#include <functional>

#include "common.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace kimimaro {

// Objects of fewer voxels are not worth sharing.
constexpr u64 kSharedObject = u64{1} << 18;

// A moment's wait for what another thread is about to do.
class Pause {
 public:
  void operator()() {
#if defined(__x86_64__)
    _mm_pause();
#endif
    // Where threads outnumber cores, the other one may be waiting for this core.
    if (++turns_ % 64 == 0) std::this_thread::yield();
  }

 private:
  u32 turns_ = 0;
};

class Team {
 public:
  // end_object() is due for each of the objects that the team works on.
  Team(unsigned threads, u64 objects) : threads_(std::max(threads, 1u)), objects_(objects) {}

  unsigned threads() const { return threads_; }

  // Work on one object that idle threads join in, from now until it is over: work(offer, seat) is
  // called once in each, with a number from [1, threads()) of its own, and returns when it is over.
  // What it throws makes it unwelcome to others, no more.
  class Offer {
   public:
    using Work = std::function<void(const Offer&, unsigned seat)>;
    Offer(Team& team, Work work) : team_(team), work_(std::move(work)) {
      const std::lock_guard lock(team_.guard_);
      team_.offers_.push_back(this);
      team_.changed_.notify_all();
    }
    Offer(const Offer&) = delete;
    Offer& operator=(const Offer&) = delete;
    // Waits for those who joined to leave.
    ~Offer() {
      over_ = true;
      std::unique_lock lock(team_.guard_);
      std::erase(team_.offers_, this);
      team_.changed_.wait(lock, [&] { return joined_ == 0; });
    }

    bool over() const { return over_.load(std::memory_order_relaxed); }
    unsigned joined() const { return joined_.load(std::memory_order_relaxed); }

   private:
    friend class Team;
    Team& team_;
    Work work_;
    std::atomic<unsigned> joined_{0};
    std::atomic<bool> over_{false};
  };

  void end_object() {
    const std::lock_guard lock(guard_);
    if (objects_) objects_--;
    changed_.notify_all();
  }
  // Lets all go home, whatever is left to do.
  void dismiss() {
    const std::lock_guard lock(guard_);
    objects_ = 0;
    changed_.notify_all();
  }

  // Takes part in what is offered until all objects are done.
  void help() {
    std::unique_lock lock(guard_);
    const unsigned seat = ++idle_;
    for (;;) {
      changed_.wait(lock, [&] { return objects_ == 0 || !offers_.empty(); });
      if (objects_ == 0) return;
      // The next thread to come joins another one first.
      Offer& offer = *offers_.front();
      std::rotate(offers_.begin(), offers_.begin() + 1, offers_.end());
      offer.joined_++;
      lock.unlock();
      bool failed = false;
      try {
        offer.work_(offer, seat);
      } catch (...) {
        failed = true;
      }
      lock.lock();
      if (failed) std::erase(offers_, &offer);
      offer.joined_--;
      changed_.notify_all();
    }
  }

 private:
  const unsigned threads_;
  std::mutex guard_;
  std::condition_variable changed_;
  std::vector<Offer*> offers_;
  u64 objects_;
  unsigned idle_ = 0;  // threads without an object of their own, so far
};

inline unsigned workers(const Team& team) { return team.threads(); }

// The same on this thread, worker 0, and on those of the team that are idle or become so.
template <class Work>
void parallel_for(Team& team, u64 items, Work&& work) {
  detail::Items all(items, work);
  if (team.threads() == 1 || items < 2) {
    all.take(0);
  } else {
    const Team::Offer offer(team, [&](const Team::Offer& own, unsigned seat) {
      all.take(seat);
      for (Pause pause; !own.over();) pause();
    });
    all.take(0);
  }
  all.finish();
}

}  // namespace kimimaro
