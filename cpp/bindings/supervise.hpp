// Runs engine work while Python stays responsive: the work goes on in threads of its own without
// the GIL; meanwhile the calling thread reports progress and looks for signals such as Ctrl-C.
#pragma once

#include <nanobind/nanobind.h>

#include <condition_variable>
#include <optional>

#include "../common.hpp"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace kimimaro {

namespace nb = nanobind;

// Calls work(control) in another thread, and progress(done, total) now and then in this one.
template <class Work>
void supervise(const nb::object& progress, Control& control, Work&& work) {
  std::mutex guard;
  std::condition_variable ended;
  bool done = false;
  std::exception_ptr error;
  std::thread worker([&] {
    try {
      work(control);
    } catch (...) {
      error = std::current_exception();
    }
    const std::lock_guard lock(guard);
    done = true;
    ended.notify_all();
  });
  std::optional<nb::python_error> interruption;
  for (bool finished = false; !finished;) {
    {
      const nb::gil_scoped_release released;
      std::unique_lock lock(guard);
      finished = ended.wait_for(lock, std::chrono::milliseconds(50), [&] { return done; });
    }
    if (interruption) continue;
    try {
      if (PyErr_CheckSignals() != 0) throw nb::python_error();
      if (!progress.is_none()) progress(control.done.load(), control.total.load());
    } catch (nb::python_error& raised) {
      interruption.emplace(std::move(raised));
      control.stop = true;
    }
  }
  {
    const nb::gil_scoped_release released;
    worker.join();
#if defined(__GLIBC__)
    malloc_trim(0);  // the worker's heap keeps what was freed, next to volume-sized arrays
#endif
  }
  if (interruption) throw std::move(*interruption);
  if (error) std::rethrow_exception(error);
}

}  // namespace kimimaro
