// Metrics: counters, gauges and histograms in Prometheus text. The only room that includes
// prometheus-cpp.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace mlengine::telemetry {

using Labels = std::map<std::string, std::string>;

// Thread-safe. A metric comes into being with its first value; its help text is given then.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  void Add(const std::string& name, const std::string& help, const Labels& labels,
           double amount = 1);
  // A counter that is kept elsewhere: it now stands at `total`. A smaller one than before is
  // ignored.
  void RaiseTo(const std::string& name, const std::string& help, const Labels& labels,
               double total);
  void Set(const std::string& name, const std::string& help, const Labels& labels, double value);
  // Seconds, in buckets from 1 ms to 2 h.
  void ObserveSeconds(const std::string& name, const std::string& help, const Labels& labels,
                      double seconds);

  // A histogram that is counted elsewhere: `counts` more in its buckets, the last of what is above
  // all `bounds` (ascending, the same at every call), and `sum` more in all.
  void AddToHistogram(const std::string& name, const std::string& help, const Labels& labels,
                      const std::vector<double>& bounds, const std::vector<double>& counts,
                      double sum);

  // `collect` is called before each Render, to set gauges that are cheaper to ask than to follow.
  void OnRender(std::function<void(Metrics&)> collect);
  // The text exposition format, version 0.0.4.
  std::string Render();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mlengine::telemetry
