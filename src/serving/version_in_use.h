// VersionInUse: one version that is asked, or was: its processes, the batcher in front of them, the
// figures of its requests, and how many processes it should have. Thread-safe, but for what the
// watcher alone calls.
#pragma once

#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "serving/batcher.h"
#include "serving/figures.h"
#include "serving/loader.h"
#include "serving/predictor.h"
#include "serving/scaling.h"
#include "serving/version_servers.h"

namespace mlengine::serving {

struct VersionRules {
  std::chrono::milliseconds deadline{60'000};  // of one request
  int slots = 2;                               // runs of one process at once
  ScalingRules scaling = {};
};

class VersionInUse final {
 public:
  VersionInUse(const ServedVersion& version, VersionServersOptions processes, VersionRules rules);

  // The answer to a request's body, from one of its processes. The errors of ModelServers::Predict.
  Result<Prediction> Ask(const ServedVersion& version, std::string_view body, bool share);

  ServedVersion Version() const;
  // As it is in the store now: it may have been changed.
  void SetVersion(const ServedVersion& version);
  void TakeScaling(const ml::v1::Version& of);

  // Of the watcher: ends its processes when nobody asked them for so long.
  void EndIdle(std::chrono::milliseconds idle_after);
  // Likewise: ends those that do not answer any more.
  void EndStopped();
  // Likewise: one process less, as the load has it, or none. Whether it should have one more.
  bool Scale();
  // Likewise: starts one more and does not wait for it.
  void Grow();

  FigureKeeper figures;

  mutable std::mutex mutex;      // of what is below, but for servers and batcher
  std::condition_variable left;  // a request has its answer
  std::chrono::steady_clock::time_point last_used = std::chrono::steady_clock::now();
  int requests = 0;   // under way
  int peak = 0;       // of these, since the last look
  bool kept = false;  // has processes also when nobody asks
  std::optional<std::chrono::steady_clock::time_point> unloaded;

  VersionServers servers;
  Batcher batcher;

 private:
  Result<tensors::RunAnswer> Run(const tensors::RunRequest& request);
  template <typename T>
  Result<T> Noted(Result<T> answer);
  int Slots() const;

  const VersionRules rules_;
  ServedVersion version_;      // guarded by mutex; its scaling as the last request had it
  Scaler scaler_;              // of the watcher, as below
  std::future<void> growing_;  // last, for it uses what is above
};

}  // namespace mlengine::serving
