#include "telemetry/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <vector>

namespace mlengine::telemetry {

struct Metrics::State {
  prometheus::Registry registry;
  std::mutex mutex;
  std::map<std::string, prometheus::Family<prometheus::Counter>*> counters;
  std::map<std::string, prometheus::Family<prometheus::Gauge>*> gauges;
  std::map<std::string, prometheus::Family<prometheus::Histogram>*> histograms;
  std::vector<std::function<void(Metrics&)>> collectors;
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

void Metrics::Add(const std::string& name, const std::string& help, const Labels& labels,
                  double amount) {
  const std::lock_guard lock(state_->mutex);
  auto& family = state_->counters[name];
  if (family == nullptr)
    family = &prometheus::BuildCounter().Name(name).Help(help).Register(state_->registry);
  family->Add(labels).Increment(amount);
}

void Metrics::RaiseTo(const std::string& name, const std::string& help, const Labels& labels,
                      double total) {
  const std::lock_guard lock(state_->mutex);
  auto& family = state_->counters[name];
  if (family == nullptr)
    family = &prometheus::BuildCounter().Name(name).Help(help).Register(state_->registry);
  prometheus::Counter& counter = family->Add(labels);
  if (total > counter.Value()) counter.Increment(total - counter.Value());
}

void Metrics::Set(const std::string& name, const std::string& help, const Labels& labels,
                  double value) {
  const std::lock_guard lock(state_->mutex);
  auto& family = state_->gauges[name];
  if (family == nullptr)
    family = &prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry);
  family->Add(labels).Set(value);
}

void Metrics::ObserveSeconds(const std::string& name, const std::string& help, const Labels& labels,
                             double seconds) {
  static const prometheus::Histogram::BucketBoundaries kBuckets = {
      0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
      1,     2.5,    5,     10,   30,    60,   300, 1800, 7200};
  const std::lock_guard lock(state_->mutex);
  auto& family = state_->histograms[name];
  if (family == nullptr)
    family = &prometheus::BuildHistogram().Name(name).Help(help).Register(state_->registry);
  family->Add(labels, kBuckets).Observe(seconds);
}

void Metrics::AddToHistogram(const std::string& name, const std::string& help, const Labels& labels,
                             const std::vector<double>& bounds, const std::vector<double>& counts,
                             double sum) {
  const std::lock_guard lock(state_->mutex);
  auto& family = state_->histograms[name];
  if (family == nullptr)
    family = &prometheus::BuildHistogram().Name(name).Help(help).Register(state_->registry);
  family->Add(labels, bounds).ObserveMultiple(counts, sum);
}

void Metrics::OnRender(std::function<void(Metrics&)> collect) {
  const std::lock_guard lock(state_->mutex);
  state_->collectors.push_back(std::move(collect));
}

std::string Metrics::Render() {
  std::vector<std::function<void(Metrics&)>> collectors;
  {
    const std::lock_guard lock(state_->mutex);
    collectors = state_->collectors;
  }
  for (const auto& collect : collectors) collect(*this);
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace mlengine::telemetry
